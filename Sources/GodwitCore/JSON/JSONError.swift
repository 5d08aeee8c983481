/// Why a text is not JSON (RFC 8259), and where.
package struct JSONError: Error, Hashable, Sendable {
    /// Bytes from the start of the text.
    package let offset: Int
    package let reason: Reason

    package enum Reason: String, Hashable, Sendable, CaseIterable {
        case empty = "there is no value"
        case unexpectedEnd = "the text ends too early"
        case byteOrderMark = "a byte order mark is not allowed"
        case valueExpected = "expected a value"
        case nameExpected = "expected a member's name in double quotes"
        case colonExpected = "expected a colon"
        case commaOrBraceExpected = "expected a comma or a closing brace"
        case commaOrBracketExpected = "expected a comma or a closing bracket"
        case trailingBytes = "expected nothing after the value"
        case tooDeep = "nested too deeply"
        case malformedNumber = "malformed number"
        case malformedEscape = "malformed escape in a string"
        case controlCharacter = "control character in a string must be escaped"
        case malformedUTF8 = "malformed UTF-8"
    }

    package init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONError: CustomStringConvertible {
    /// Shows no byte of the text: a body may hold what must not be repeated.
    package var description: String { "invalid JSON at byte \(offset): \(reason.rawValue)" }
}
