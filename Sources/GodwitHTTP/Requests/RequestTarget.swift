/// The request line's target (RFC 9112 §3.2), cut into its parts. Empty segments don't count, so that a trailing slash makes no
/// difference. Segments are not percent-decoded: nothing that this API names needs it.
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
        segments = rest[..<end].utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        query = end == rest.endIndex ? "" : rest[rest.utf8.index(after: end)...]
    }

    /// The path in one form, whatever slashes it was sent with.
    var path: String { "/" + segments.joined(separator: "/") }
}
