import HTTPTypes

/// Pages of any origin may call the API (WHATWG Fetch, "CORS protocol"): a token is what opens it, and no browser adds one by itself.
enum CrossOrigin {
    /// Seconds for which a browser needs to ask only once.
    private static let maxAge = "600"

    /// On every answer. `*` goes without cookies, and shows pages every header, `retry-after` among them.
    static let fields: HTTPFields = [.accessControlAllowOrigin: "*", .accessControlExposeHeaders: "*"]

    /// The answer to a browser that asks before it sends the request itself; nil for other requests. Needs no token: it has none.
    static func preflight(_ request: HTTPRequest) -> Answer? {
        guard request.method == .options, request.headerFields[.accessControlRequestMethod] != nil else { return nil }
        var fields: HTTPFields = [
            .accessControlAllowMethods: "*", .accessControlMaxAge: maxAge, .contentLength: "0",
            .vary: "origin, access-control-request-method, access-control-request-headers",
        ]
        // Named one by one: `*` doesn't mean Authorization.
        fields[.accessControlAllowHeaders] = request.headerFields[.accessControlRequestHeaders] ?? "*"
        return .head(fields)
    }
}
