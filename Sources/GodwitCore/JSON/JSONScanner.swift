/// One strict pass over a JSON text (RFC 8259) that allocates nothing.
///
/// A payload must be stored and sent byte for byte as it came, and accepting an event must stay cheap. So nothing is decoded
/// here: the scanner proves that the text is JSON in UTF-8, and says where the members of its outermost object lie.
///
/// ```
/// var scanner = JSONScanner()
/// guard try scanner.open(bytes) == .object else { … }
/// while let member = try scanner.nextMember(bytes) { … }
/// ```
/// The text is proved valid only when `nextMember` has returned nil. Every call takes the same bytes: the scanner is a
/// position, it owns no memory, and each read is bounds-checked.
package struct JSONScanner: Sendable {
    var offset = 0
    private var isFirstMember = true

    package init() {}

    /// For a value that lies inside a text that was scanned before.
    init(at offset: Int) { self.offset = offset }

    /// - Returns: the kind of the outermost value. An object's members are still to be walked; any other value has been
    ///   checked to the end of the text.
    package mutating func open(_ bytes: Span<UInt8>) throws(JSONError) -> JSONKind {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { throw failure(.byteOrderMark) }
        skipWhiteSpace(bytes)
        guard offset < bytes.count else { throw failure(.empty) }
        if bytes[offset] == UInt8(ascii: "{") {
            offset += 1
            return .object
        }
        let kind = try skipValue(bytes, inside: 0)
        try expectEnd(bytes)
        return kind
    }

    /// - Returns: nil when the object is closed and nothing but white space follows.
    package mutating func nextMember(_ bytes: Span<UInt8>) throws(JSONError) -> JSONMember? {
        var isFirst = isFirstMember
        guard let name = try nextName(bytes, isFirst: &isFirst) else {
            try expectEnd(bytes)
            return nil
        }
        isFirstMember = false
        let start = offset
        let kind = try skipValue(bytes, inside: 1)
        return JSONMember(name: name.contents, nameHasEscapes: name.hasEscapes, value: start..<offset, kind: kind)
    }

    /// Proves a whole text.
    @discardableResult
    package static func check(_ bytes: Span<UInt8>) throws(JSONError) -> JSONKind {
        var scanner = JSONScanner()
        let kind = try scanner.open(bytes)
        if kind == .object { while try scanner.nextMember(bytes) != nil {} }
        return kind
    }

    mutating func expectEnd(_ bytes: Span<UInt8>) throws(JSONError) {
        skipWhiteSpace(bytes)
        guard offset == bytes.count else { throw failure(.trailingBytes) }
    }

    func failure(_ reason: JSONError.Reason) -> JSONError { JSONError(offset: offset, reason: reason) }
}
