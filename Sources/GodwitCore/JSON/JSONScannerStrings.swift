/// Strings are most of what a payload consists of, so this is where the time of a publish would go.
extension JSONScanner {
    /// Starts at the opening quote and ends behind the closing one.
    ///
    /// - Returns: whether the string holds a backslash.
    mutating func skipString(_ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        var index = offset + 1
        var hasEscapes = false
        defer { offset = index }
        while true {
            index = Self.endOfPlainWords(bytes, from: index)
            guard index < bytes.count else { throw JSONError(offset: index, reason: .unexpectedEnd) }
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index = try Self.endOfEscape(bytes, at: index)
            case 0x00..<0x20: throw JSONError(offset: index, reason: .controlCharacter)
            case 0x20..<0x80: index += 1
            default: index = try Self.endOfScalar(bytes, at: index)
            }
        }
    }

    /// Eight bytes at a time, up to the first that needs a look: a quote, a backslash, a control character, or beyond ASCII.
    /// Stops early, in front of plain bytes, when fewer than eight are left.
    @inline(__always)
    private static func endOfPlainWords(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index + 8 <= bytes.count {
            let word = unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            // A byte that borrows can mark the one above it wrongly, never one below: the lowest mark is always true.
            let marks =
                (((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes) | ((word &- ones &* 0x20) & ~word) | word)
                & highs
            guard marks == 0 else { return index + marks.trailingZeroBitCount / 8 }
            index += 8
        }
        return index
    }

    /// `\uD800` without its pair is grammar too (RFC 8259 §8.2); what it means is for `JSONText`.
    private static func endOfEscape(_ bytes: Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        guard start + 1 < bytes.count else { throw JSONError(offset: bytes.count, reason: .unexpectedEnd) }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            for index in start + 2..<start + 6 {
                guard index < bytes.count else { throw JSONError(offset: index, reason: .unexpectedEnd) }
                guard JSONText.hexValue(bytes[index]) != nil else { throw JSONError(offset: index, reason: .malformedEscape) }
            }
            return start + 6
        default: throw JSONError(offset: start + 1, reason: .malformedEscape)
        }
    }

    /// The well-formed sequences of Unicode 15 table 3-7: no overlong form, no surrogate, nothing above U+10FFFF.
    @inline(__always)
    private static func endOfScalar(_ bytes: Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        let count: Int
        let second: ClosedRange<UInt8>
        switch bytes[start] {
        case 0xC2...0xDF: (count, second) = (2, 0x80...0xBF)
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (count, second) = (3, 0x80...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (count, second) = (4, 0x80...0xBF)
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        default: throw JSONError(offset: start, reason: .malformedUTF8)
        }
        guard start + count <= bytes.count, second.contains(bytes[start + 1]) else {
            throw JSONError(offset: start, reason: .malformedUTF8)
        }
        for index in start + 2..<start + max(count, 2) where bytes[index] & 0xC0 != 0x80 {
            throw JSONError(offset: start, reason: .malformedUTF8)
        }
        return start + count
    }
}
