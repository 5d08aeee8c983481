/// A JSON value in memory, for the small bodies of the API. Payloads never take this form: they stay bytes.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number as it was written: no precision, exponent or sign of zero is lost. Only number literals belong here.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In the order in which they were written; a name may come twice, then the last one counts.
    case object([Member])

    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The member of that name; nil when there is none, and for values that aren't objects.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    package var kind: JSONKind {
        switch self {
        case .null: .null
        case .bool(let value): value ? .true : .false
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }
}

extension JSONValue {
    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue { try parse(bytes.span) }

    package static func parse(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        // The scanner tells a missing value and a byte order mark apart, and proves the text before anything is built from it.
        try JSONScanner.check(bytes)
        var scanner = JSONScanner()
        scanner.skipWhiteSpace(bytes)
        return try JSONValue(&scanner, bytes, inside: 0)
    }

    /// Builds the value that the scanner stands in front of, and leaves the scanner behind it.
    init(_ scanner: inout JSONScanner, _ bytes: Span<UInt8>, inside depth: Int) throws(JSONError) {
        let start = scanner.offset
        switch try scanner.kindOfNext(bytes) {
        case .object:
            try scanner.enter(depth)
            var members: [Member] = []
            var isFirst = true
            while let name = try scanner.nextName(bytes, isFirst: &isFirst) {
                let text = JSONText.decode(bytes, contents: name.contents)
                members.append(Member(text, try JSONValue(&scanner, bytes, inside: depth + 1)))
            }
            self = .object(members)
        case .array:
            try scanner.enter(depth)
            var items: [JSONValue] = []
            var isFirst = true
            while try scanner.nextItem(bytes, isFirst: &isFirst) {
                items.append(try JSONValue(&scanner, bytes, inside: depth + 1))
            }
            self = .array(items)
        case .string:
            _ = try scanner.skipString(bytes)
            self = .string(JSONText.decode(bytes, contents: start + 1..<scanner.offset - 1))
        case .number:
            try scanner.skipNumber(bytes)
            self = .number(JSONText.decode(bytes, contents: start..<scanner.offset))
        case .true, .false, .null:
            let kind = try scanner.skipValue(bytes, inside: depth)
            self = kind == .null ? .null : .bool(kind == .true)
        }
    }
}

extension JSONValue: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): value.write(to: &writer)
        case .number(let literal): RawJSON(Array(literal.utf8)).write(to: &writer)
        case .string(let text): text.write(to: &writer)
        case .array(let items): items.write(to: &writer)
        case .object(let members):
            writer.object { writer in
                for member in members {
                    writer.name(member.name)
                    member.value.write(to: &writer)
                }
            }
        }
    }
}
