/// What a field must look like, and how it becomes a value: `.string`, `.int(in: 1...250)`, `.array(of: .string)`.
package struct JSONShape<Value> {
    /// Stands in for a value that could not be read, until the reader throws what it has collected.
    let placeholder: Value
    let read: (JSONElement) throws(ValidationError) -> Value

    package init(placeholder: Value, _ read: @escaping (JSONElement) throws(ValidationError) -> Value) {
        self.placeholder = placeholder
        self.read = read
    }
}

extension JSONShape where Value == String {
    package static var string: Self {
        Self(placeholder: "") { element throws(ValidationError) in
            guard element.kind == .string else { throw element.mismatch(expected: "a string") }
            return JSONText.decode(element.bytes.span, contents: 1..<element.bytes.count - 1)
        }
    }
}

extension JSONShape where Value == Bool {
    package static var bool: Self {
        Self(placeholder: false) { element throws(ValidationError) in
            guard element.kind == .true || element.kind == .false else { throw element.mismatch(expected: "true or false") }
            return element.kind == .true
        }
    }
}

extension JSONShape where Value == Int {
    /// Only literals without fraction and exponent: `1.0` and `1e3` are refused.
    package static func int(in range: ClosedRange<Int>) -> Self {
        Self(placeholder: range.lowerBound) { element throws(ValidationError) in
            let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
            guard element.kind == .number else { throw element.mismatch(expected: expected) }
            let literal = JSONText.decode(element.bytes.span, contents: 0..<element.bytes.count)
            guard literal.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }) else {
                throw ValidationError(
                    element.location, "expected \(expected), got a number with a fraction or an exponent",
                    type: FieldError.malformed)
            }
            guard let value = Int(literal), range.contains(value) else {
                throw ValidationError(element.location, "expected \(expected), got a number out of this range")
            }
            return value
        }
    }
}

extension JSONShape where Value == Instant {
    package static var instant: Self {
        Self(placeholder: .distantPast) { element throws(ValidationError) in
            guard element.kind == .string else { throw element.mismatch(expected: "a time as a string") }
            let text = JSONText.decode(element.bytes.span, contents: 1..<element.bytes.count - 1)
            guard let instant = RFC3339.parse(text) else {
                throw ValidationError(element.location, "expected a time as in 2026-11-24T10:20:30Z (RFC 3339)")
            }
            return instant
        }
    }
}

extension JSONShape where Value == JSONValue {
    /// Any JSON, in memory.
    package static var value: Self {
        Self(placeholder: .null) { element throws(ValidationError) in
            do throws(JSONError) {
                return try JSONValue.parse(element.bytes.span)
            } catch {
                throw ValidationError(element.location, error)
            }
        }
    }
}

extension JSONShape where Value == [UInt8] {
    /// Any JSON, byte for byte as it was sent, in memory of its own: a slice would keep the whole body alive.
    package static var raw: Self { Self(placeholder: []) { Array($0.bytes) } }

    /// An object, byte for byte as it was sent.
    package static var rawObject: Self {
        Self(placeholder: []) { element throws(ValidationError) in
            guard element.kind == .object else { throw element.mismatch(expected: JSONKind.object.rawValue) }
            return Array(element.bytes)
        }
    }
}

extension JSONShape {
    /// Reports every item that is wrong, each under its index.
    package static func array<Item>(of item: JSONShape<Item>) -> Self where Value == [Item] {
        Self(placeholder: []) { element throws(ValidationError) in
            guard element.kind == .array else { throw element.mismatch(expected: JSONKind.array.rawValue) }
            return try readAll(try element.items(), item).map(\.value)
        }
    }

    /// A name that comes twice has its last value.
    package static func map<Item>(of item: JSONShape<Item>) -> Self where Value == [String: Item] {
        Self(placeholder: [:]) { element throws(ValidationError) in
            guard element.kind == .object else { throw element.mismatch(expected: JSONKind.object.rawValue) }
            let members = try readAll(try element.members(), item)
            return Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        }
    }

    private static func readAll<Item>(
        _ elements: [JSONElement], _ shape: JSONShape<Item>
    ) throws(ValidationError) -> [(name: String, value: Item)] {
        var values: [(name: String, value: Item)] = []
        var errors: [FieldError] = []
        for element in elements {
            do { values.append((element.name, try shape.read(element))) } catch { errors += error.errors }
        }
        guard errors.isEmpty else { throw ValidationError(errors: errors) }
        return values
    }
}

extension JSONShape where Value == [String] {
    package static var stringArray: Self { .array(of: .string) }
}

extension JSONShape where Value == [String: String] {
    package static var stringMap: Self { .map(of: .string) }
}
