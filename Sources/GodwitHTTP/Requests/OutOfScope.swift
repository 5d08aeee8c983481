/// What clients know of and this server doesn't do. It is said in words, so that nobody looks for a mistake of their own.
enum OutOfScope {
    /// Paths by their first segments, `*` for any one, and what they are about.
    static let table: [(prefix: String, matter: String)] = [
        ("/api/v1/stream", "streams and sinks"),
        ("/api/v1/auth/stream", "streams and sinks"),
        ("/api/v1/auth/stream-logout", "streams and sinks"),
        ("/api/v1/auth/stream-portal-access", "streams and sinks"),
        ("/api/v1/connector", "connectors"),
        ("/api/v1/app/*/connector", "connectors"),
        ("/api/v1/app/*/destination", "destinations other than endpoints"),
        ("/api/v1/app/*/autoconfig", "automatic configuration of receivers"),
        ("/api/v1/auth/app/*/autoconfig", "automatic configuration of receivers"),
        ("/api/v1/ingest", "receiving webhooks of others (ingest)"),
        ("/api/v1/app/*/integration/*/key", "showing a key again"),
        ("/ingest", "receiving webhooks of others (ingest)"),
    ]

    private static let patterns = table.map { ($0.prefix.split(separator: "/"), $0.matter) }

    static func matter(of target: RequestTarget) -> String? {
        patterns.first { pattern, _ in
            target.segments.count >= pattern.count && zip(pattern, target.segments).allSatisfy { $0 == "*" || $0 == $1 }
        }?.1
    }
}
