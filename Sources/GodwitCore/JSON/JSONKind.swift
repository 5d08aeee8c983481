/// The kinds of JSON value; the raw value is how a message to a person names one.
package enum JSONKind: String, Hashable, Sendable, CaseIterable {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case number = "a number"
    case `true` = "true"
    case `false` = "false"
    case null = "null"
}

/// One member of an object, as ranges of bytes in the text that was scanned.
package struct JSONMember: Hashable, Sendable {
    /// Between the quotes, escapes not resolved.
    package let name: Range<Int>
    package let nameHasEscapes: Bool
    /// The whole value as it stands, with quotes or brackets, without the white space around it.
    package let value: Range<Int>
    package let kind: JSONKind

    /// Whether the name, with its escapes resolved, is `text`.
    package func isNamed(_ text: StaticString, in bytes: Span<UInt8>) -> Bool {
        guard !nameHasEscapes else { return JSONText.decode(bytes, contents: name) == text.description }
        guard name.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<expected.count where unsafe expected[index] != bytes[name.lowerBound + index] { return false }
            return true
        }
    }
}
