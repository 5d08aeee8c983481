/// Reads the object in a request's body, and collects everything that is wrong with it, so that a caller learns it at once.
///
/// ```
/// let input = try JSONReader.read(body) { reader in
///     ApplicationInput(name: reader.required("name", .string), uid: reader.field("uid", .string))
/// }
/// ```
/// Members that nobody asks for are ignored; of members with the same name the last one counts.
package struct JSONReader {
    private let bytes: [UInt8]
    private let members: [JSONMember]
    /// Where the object stands.
    private let path: [String]
    private var errors: [FieldError] = []

    /// - Throws: when the body is not JSON or not an object.
    package init(_ bytes: [UInt8], path: [String] = ["body"]) throws(ValidationError) {
        let (kind, members): (JSONKind, [JSONMember])
        do throws(JSONError) {
            (kind, members) = try Self.members(of: bytes.span)
        } catch {
            throw ValidationError(path, error)
        }
        guard kind == .object else {
            throw ValidationError(path, "expected an object, got \(kind.rawValue)", type: FieldError.malformed)
        }
        guard members.count <= Limits.requestItems else {
            throw ValidationError(path, "expected at most \(Limits.requestItems) members")
        }
        self.bytes = bytes
        self.members = members
        self.path = path
    }

    /// Proves the whole text, and keeps one member more than the limit at most.
    private static func members(of bytes: Span<UInt8>) throws(JSONError) -> (JSONKind, [JSONMember]) {
        var scanner = JSONScanner()
        let kind = try scanner.open(bytes)
        var members: [JSONMember] = []
        guard kind == .object else { return (kind, members) }
        members.reserveCapacity(8)
        while let member = try scanner.nextMember(bytes) {
            if members.count <= Limits.requestItems { members.append(member) }
        }
        return (kind, members)
    }

    /// - Parameter make: builds the result. Where a field is wrong it gets a placeholder, and the result is thrown away.
    package static func read<Result>(
        _ bytes: [UInt8], _ make: (inout JSONReader) -> Result
    ) throws(ValidationError) -> Result {
        var reader = try JSONReader(bytes)
        let result = make(&reader)
        try reader.finish()
        return result
    }

    /// - Throws: what was collected. Values from a reader that has not been finished must not be used.
    package func finish() throws(ValidationError) {
        guard errors.isEmpty else { throw ValidationError(errors: Array(errors.prefix(Limits.requestErrors))) }
    }

    /// A field that must be there; null counts as a value of the wrong kind.
    package mutating func required<Value>(_ name: StaticString, _ shape: JSONShape<Value>) -> Value {
        guard let element = element(name) else {
            fail(name, "this field is required", type: FieldError.missing)
            return shape.placeholder
        }
        return read(element, shape) ?? shape.placeholder
    }

    /// A field for which absent and null mean the same.
    package mutating func optional<Value>(_ name: StaticString, _ shape: JSONShape<Value>) -> Value? {
        field(name, shape).value
    }

    /// A field for which absent and null differ.
    package mutating func field<Value>(_ name: StaticString, _ shape: JSONShape<Value>) -> Field<Value> {
        guard let element = element(name) else { return .absent }
        guard element.kind != .null else { return .null }
        guard let value = read(element, shape) else { return .absent }
        return .value(value)
    }

    /// An object inside this one, whose errors join these.
    package mutating func object<Value>(_ name: StaticString, _ make: (inout JSONReader) -> Value) -> Field<Value> {
        guard let element = element(name) else { return .absent }
        guard element.kind != .null else { return .null }
        do {
            var inner = try JSONReader(Array(element.bytes), path: element.location)
            let value = make(&inner)
            try inner.finish()
            return .value(value)
        } catch {
            errors += error.errors
            return .absent
        }
    }

    /// For a rule of the operation's own.
    package mutating func fail(_ name: StaticString, _ message: String, type: String = FieldError.invalid) {
        errors.append(FieldError(path + [name.description], message, type: type))
    }

    /// For objects in which a misspelt name would silently mean a default: any other member is an error.
    package mutating func refuseOthers(than names: StaticString...) {
        for member in members where !names.contains(where: { member.isNamed($0, in: bytes.span) }) {
            let name = JSONText.decode(bytes.span, contents: member.name)
            errors.append(FieldError(path + [name], "there is no such field"))
        }
    }

    private mutating func read<Value>(_ element: JSONElement, _ shape: JSONShape<Value>) -> Value? {
        do {
            return try shape.read(element)
        } catch {
            errors += error.errors
            return nil
        }
    }

    private func element(_ name: StaticString) -> JSONElement? {
        guard let member = members.last(where: { $0.isNamed(name, in: bytes.span) }) else { return nil }
        return JSONElement(bytes: bytes[member.value], kind: member.kind, path: path, name: name.description)
    }
}
