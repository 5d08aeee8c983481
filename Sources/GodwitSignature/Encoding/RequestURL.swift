/// The parts of a URL that signatures cover, taken from its text and not normalised beyond what RFC 9421 asks for.
struct RequestURL {
    /// In lower case; nil for a path alone.
    let scheme: String?
    /// As written, with the port; nil for a path alone.
    let authority: String?
    /// `/` when it is empty.
    let path: String
    /// Behind the question mark; nil when there is none.
    let query: String?

    init(_ text: some StringProtocol) {
        var rest = Substring(text)
        if let hash = rest.firstIndex(of: "#") { rest = rest[..<hash] }
        var scheme: String?
        var authority: String?
        if let separator = rest.firstRange(of: "://") {
            scheme = rest[..<separator.lowerBound].lowercased()
            rest = rest[separator.upperBound...]
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
        }
        self.scheme = scheme
        self.authority = authority
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        } else {
            query = nil
        }
        path = rest.isEmpty ? "/" : String(rest)
    }

    /// In lower case, without user information.
    var host: String? {
        guard let authority else { return nil }
        let bare = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        if bare.hasPrefix("["), let end = bare.firstIndex(of: "]") { return bare[...end].lowercased() }
        return bare.prefix { $0 != ":" }.lowercased()
    }

    static func defaultPort(of scheme: String) -> String? {
        switch scheme {
        case "http": "80"
        case "https": "443"
        default: nil
        }
    }

    func queryValues(_ name: String) -> [String] {
        PercentEncoding.formPairs(query ?? "").filter { $0.name == name }.map(\.value)
    }
}

extension WebhookRequest {
    var parsedURL: RequestURL? { url.map { RequestURL($0) } }
}
