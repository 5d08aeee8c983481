/// The request line's target (RFC 9112 §3.2), cut into its parts. Empty segments don't count, so that a trailing slash makes no
/// difference. Of percent-encoded characters only those are decoded that needn't be encoded (RFC 3986 §2.3, §6.2.2.2): names in paths
/// have no others, and a slash within a segment stays one.
struct RequestTarget: Sendable {
    let segments: [Substring]
    /// Without the question mark.
    let query: Substring

    init(_ text: String) {
        var rest = text[...]
        if rest.utf8.first != UInt8(ascii: "/"), let scheme = rest.firstRange(of: "://") {
            // Absolute form, as a proxy gets it.
            let authority = rest[scheme.upperBound...]
            rest = authority.firstIndex { $0 == "/" || $0 == "?" }.map { authority[$0...] } ?? ""
        }
        let end = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        // By bytes: by characters, this alone would cost as much as reading the whole body.
        segments = rest[..<end].utf8.split(separator: UInt8(ascii: "/")).map { Self.normalized(Substring($0)) }
        query = end == rest.endIndex ? "" : rest[rest.utf8.index(after: end)...]
    }

    /// The path in one form, whatever slashes it was sent with.
    var path: String { "/" + segments.joined(separator: "/") }

    /// An escape that is broken, or of another character, stands for itself.
    private static func normalized(_ segment: Substring) -> Substring {
        guard segment.utf8.contains(UInt8(ascii: "%")) else { return segment }
        let bytes = Array(segment.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16), isUnreserved(byte)
            {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return Substring(String(decoding: decoded, as: UTF8.self))
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
