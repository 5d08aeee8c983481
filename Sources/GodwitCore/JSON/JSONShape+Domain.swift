extension JSONShape {
    /// An object with fields of its own.
    package static func object(placeholder: Value, _ make: @escaping (inout JSONReader) -> Value) -> Self {
        Self(placeholder: placeholder) { element throws(ValidationError) in
            var reader = try JSONReader(Array(element.bytes), path: element.location)
            let value = make(&reader)
            try reader.finish()
            return value
        }
    }
}

extension JSONShape where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a few words.
    package static func choice(_ placeholder: Value) -> Self {
        JSONShape<String>.string.converted(placeholder: placeholder) { text in
            Value(rawValue: text).map { .accepted($0) }
                ?? .refused("expected one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }
}

extension JSONShape where Value == Duration {
    /// A text with a unit: `250ms`, `5s`, `30m`, `2h`, `3d`.
    package static func duration(in range: ClosedRange<Duration>) -> Self {
        JSONShape<String>.string.converted(placeholder: range.lowerBound) { text in
            guard let duration = Duration(parsing: text), range.contains(duration) else {
                return .refused(
                    "expected a whole number with a unit (ms, s, m, h, d), from \(range.lowerBound.text) to \(range.upperBound.text)"
                )
            }
            return .accepted(duration)
        }
    }
}

extension JSONShape where Value == Double {
    package static func double(in range: ClosedRange<Double>) -> Self {
        JSONShape<JSONValue>.value.converted(placeholder: range.lowerBound) { value in
            guard case .number(let literal) = value, let number = Double(literal), range.contains(number) else {
                return .refused("expected a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return .accepted(number)
        }
    }
}

extension Duration: JSONWritable {
    /// The greatest unit that states it in a whole number; the twin of `init(parsing:)`.
    package var text: String {
        let milliseconds = wholeMilliseconds
        for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
        where milliseconds != 0 && milliseconds % length == 0 { return "\(milliseconds / length)\(unit)" }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }

    package func write(to writer: inout JSONWriter) { writer.plainString(text) }
}
