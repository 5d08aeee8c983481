import HTTPTypes

/// The description of the API, for programs and for people. Open to everyone: it says nothing of what a server holds.
struct DocsRoutes {
    var routes: [Route] {
        reading("/openapi.json", base: Route.base) { Self.description } + reading("/docs") { Self.page }
            + reading("/") { Answer.redirect(to: "/docs") }
    }

    private func reading(_ path: String, base: String = "", _ answer: @escaping @Sendable () -> Answer) -> [Route] {
        [Route(.get, path, base: base, .open(answer)), Route(.head, path, base: base, .open(answer))]
    }

    private static let description = Answer(.ok, json: Array(OpenAPIDocument.json.utf8), headers: fresh)

    private static let page: Answer = {
        var answer = Answer(.ok, json: Array(DocsPage.html.utf8), headers: fresh)
        answer.contentType = "text/html; charset=utf-8"
        // All that the page is made of is in it: it works without a network, and nothing can be loaded into it.
        answer.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'"
        answer.headers[.xContentTypeOptions] = "nosniff"
        return answer
    }()

    /// The next release of the server has another description at the same address.
    private static let fresh: HTTPFields = [.cacheControl: "no-cache"]
}
