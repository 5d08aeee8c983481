import GodwitCore

/// The head of an HTTP/1.1 request or answer, as far as a benchmark reads it: where it ends and how long its body is.
///
/// Everything that would need more than that, such as chunks, is an error instead of a guess (RFC 9112 §6).
package struct MessageHead: Hashable, Sendable {
    /// The request line or the status line, without its line end.
    package var startLine: Range<Int>
    /// Bytes of the head with the empty line that ends it.
    package var length: Int
    package var contentLength: Int?

    package enum Malformed: Error, Hashable {
        case headTooLong
        case contentLengthUnreadable
        case transferEncoding
        case bodyWithoutLength
        case startLineUnreadable
        case bodyTooLong
    }

    /// - Returns: nil while the end of the head is not there yet.
    package static func scan(_ bytes: Span<UInt8>) throws(Malformed) -> MessageHead? {
        var head = MessageHead(startLine: 0..<0, length: 0, contentLength: nil)
        var lineStart = 0
        var index = 0
        let end = min(bytes.count, Limits.benchmarkHeadBytes)
        while index < end {
            guard bytes[index] == UInt8(ascii: "\n") else {
                index += 1
                continue
            }
            let lineEnd = index > lineStart && bytes[index - 1] == UInt8(ascii: "\r") ? index - 1 : index
            if lineEnd == lineStart {
                head.length = index + 1
                return head
            }
            if lineStart == 0 {
                head.startLine = 0..<lineEnd
            } else {
                try head.take(bytes.extracting(lineStart..<lineEnd))
            }
            index += 1
            lineStart = index
        }
        guard bytes.count < Limits.benchmarkHeadBytes else { throw .headTooLong }
        return nil
    }

    private mutating func take(_ line: Span<UInt8>) throws(Malformed) {
        // Two names in a dozen matter: their first letter spares the comparison for most of the others.
        switch line[0] | 0x20 {
        case UInt8(ascii: "c") where line.hasName("content-length:"):
            guard let length = line.number(after: 15), contentLength ?? length == length else { throw .contentLengthUnreadable }
            contentLength = length
        case UInt8(ascii: "t") where line.hasName("transfer-encoding:"):
            throw .transferEncoding
        default: break
        }
    }
}

extension MessageHead {
    /// The status of an answer, and the bytes of its body.
    package func answer(_ bytes: Span<UInt8>) throws(Malformed) -> (status: Int, bodyLength: Int) {
        let line = bytes.extracting(startLine)
        // "HTTP/1.1 202" or more
        guard line.count >= 12, line.hasName("http/1.1 "), let status = line.extracting(9..<12).number(after: 0),
            (200..<600).contains(status)
        else { throw .startLineUnreadable }
        guard let contentLength else {
            guard status == 204 || status == 304 else { throw .bodyWithoutLength }
            return (status, 0)
        }
        guard contentLength <= Limits.benchmarkAnswerBytes else { throw .bodyTooLong }
        return (status, status == 204 || status == 304 ? 0 : contentLength)
    }

    /// Whether a request is a POST (else it is a GET), its path without the first slash, and the bytes of its body.
    package func request(_ bytes: Span<UInt8>) throws(Malformed) -> (isPost: Bool, path: Range<Int>, bodyLength: Int) {
        let line = bytes.extracting(startLine)
        let isPost = line.hasName("post /")
        guard isPost || line.hasName("get /") else { throw .startLineUnreadable }
        let pathStart = isPost ? 6 : 5
        var pathEnd = pathStart
        while pathEnd < line.count, line[pathEnd] != UInt8(ascii: " ") { pathEnd += 1 }
        guard pathEnd < line.count, line.extracting((pathEnd + 1)...).hasName("http/1.1") else { throw .startLineUnreadable }
        guard let contentLength else {
            guard !isPost else { throw .bodyWithoutLength }
            return (isPost, pathStart..<pathEnd, 0)
        }
        guard contentLength <= Limits.benchmarkPayloadBytes.upperBound else { throw .bodyTooLong }
        return (isPost, pathStart..<pathEnd, contentLength)
    }
}

extension Span<UInt8> {
    /// Whether it starts with this text, whatever the case of its letters.
    /// - Parameter name: letters in lower case.
    fileprivate func hasName(_ name: StaticString) -> Bool {
        guard count >= name.utf8CodeUnitCount else { return false }
        for index in 0..<name.utf8CodeUnitCount {
            let expected = unsafe name.utf8Start[index]
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(expected)
            guard (isLetter ? self[index] | 0x20 : self[index]) == expected else { return false }
        }
        return true
    }

    /// The whole number from there to the end, with spaces around it; nil when there is anything else.
    package func number(after start: Int) -> Int? {
        var index = start
        while index < count, self[index] == UInt8(ascii: " ") { index += 1 }
        let first = index
        var value = 0
        while index < count, case let digit = self[index] &- UInt8(ascii: "0"), digit < 10 {
            guard index - first < 12 else { return nil }
            value = value * 10 + Int(digit)
            index += 1
        }
        guard index > first else { return nil }
        while index < count, self[index] == UInt8(ascii: " ") { index += 1 }
        return index == count ? value : nil
    }
}
