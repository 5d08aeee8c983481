/// Values of every kind. `inside` is the number of containers that are open around the value.
extension JSONScanner {
    @discardableResult
    mutating func skipValue(_ bytes: Span<UInt8>, inside depth: Int) throws(JSONError) -> JSONKind {
        let kind = try kindOfNext(bytes)
        switch kind {
        case .string: _ = try skipString(bytes)
        case .number: try skipNumber(bytes)
        case .object:
            try enter(depth)
            var isFirst = true
            while try nextName(bytes, isFirst: &isFirst) != nil { try skipValue(bytes, inside: depth + 1) }
        case .array:
            try enter(depth)
            var isFirst = true
            while try nextItem(bytes, isFirst: &isFirst) { try skipValue(bytes, inside: depth + 1) }
        case .true: try skipWord("true", bytes)
        case .false: try skipWord("false", bytes)
        case .null: try skipWord("null", bytes)
        }
        return kind
    }

    /// Tells the kind by the first byte and stays in front of it.
    func kindOfNext(_ bytes: Span<UInt8>) throws(JSONError) -> JSONKind {
        guard offset < bytes.count else { throw failure(.unexpectedEnd) }
        switch bytes[offset] {
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return .number
        case UInt8(ascii: "t"): return .true
        case UInt8(ascii: "f"): return .false
        case UInt8(ascii: "n"): return .null
        default: throw failure(.valueExpected)
        }
    }

    /// Steps over an opening brace or bracket. The bound keeps the recursion, here and in whoever builds values, shallow.
    mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth < Limits.jsonDepth else { throw failure(.tooDeep) }
        offset += 1
    }

    /// - Returns: the next member's name with the scanner in front of its value, or nil with the scanner behind the brace.
    @inline(__always)
    mutating func nextName(
        _ bytes: Span<UInt8>, isFirst: inout Bool
    ) throws(JSONError) -> (contents: Range<Int>, hasEscapes: Bool)? {
        skipWhiteSpace(bytes)
        guard offset < bytes.count else { throw failure(.unexpectedEnd) }
        if bytes[offset] == UInt8(ascii: "}") {
            offset += 1
            return nil
        }
        if !isFirst {
            guard bytes[offset] == UInt8(ascii: ",") else { throw failure(.commaOrBraceExpected) }
            offset += 1
            skipWhiteSpace(bytes)
            guard offset < bytes.count else { throw failure(.unexpectedEnd) }
        }
        isFirst = false
        guard bytes[offset] == UInt8(ascii: "\"") else { throw failure(.nameExpected) }
        let start = offset + 1
        let hasEscapes = try skipString(bytes)
        let contents = start..<offset - 1
        skipWhiteSpace(bytes)
        guard offset < bytes.count else { throw failure(.unexpectedEnd) }
        guard bytes[offset] == UInt8(ascii: ":") else { throw failure(.colonExpected) }
        offset += 1
        skipWhiteSpace(bytes)
        return (contents, hasEscapes)
    }

    /// - Returns: true with the scanner in front of the next item, or false with the scanner behind the closing bracket.
    @inline(__always)
    mutating func nextItem(_ bytes: Span<UInt8>, isFirst: inout Bool) throws(JSONError) -> Bool {
        skipWhiteSpace(bytes)
        guard offset < bytes.count else { throw failure(.unexpectedEnd) }
        if bytes[offset] == UInt8(ascii: "]") {
            offset += 1
            return false
        }
        if !isFirst {
            guard bytes[offset] == UInt8(ascii: ",") else { throw failure(.commaOrBracketExpected) }
            offset += 1
            skipWhiteSpace(bytes)
        }
        isFirst = false
        return true
    }

    @inline(__always)
    mutating func skipWhiteSpace(_ bytes: Span<UInt8>) {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, of any length and size: nothing is computed.
    mutating func skipNumber(_ bytes: Span<UInt8>) throws(JSONError) {
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let leadsWithZero = offset < bytes.count && bytes[offset] == UInt8(ascii: "0")
        let digits = try skipDigits(bytes)
        if leadsWithZero, digits > 1 { throw failure(.malformedNumber) }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            _ = try skipDigits(bytes)
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
            _ = try skipDigits(bytes)
        }
    }

    /// - Returns: how many there were, at least one.
    private mutating func skipDigits(_ bytes: Span<UInt8>) throws(JSONError) -> Int {
        let start = offset
        while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
        guard offset > start else { throw failure(offset < bytes.count ? .malformedNumber : .unexpectedEnd) }
        return offset - start
    }

    private mutating func skipWord(_ word: StaticString, _ bytes: Span<UInt8>) throws(JSONError) {
        let start = offset
        for index in 0..<word.utf8CodeUnitCount {
            let expected = unsafe word.utf8Start[index]
            guard start + index < bytes.count else { throw JSONError(offset: bytes.count, reason: .unexpectedEnd) }
            guard bytes[start + index] == expected else { throw failure(.valueExpected) }
        }
        offset = start + word.utf8CodeUnitCount
    }
}
