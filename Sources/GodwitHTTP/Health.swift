import HTTPTypes

/// Whether the process serves. Answers need no token, and say nothing.
struct Health {
    var routes: [Route] {
        ["/health", "/health/ping"].flatMap { path in
            [
                Route(.get, path, .open { .noContent }),
                Route(.head, path, .open { .noContent }),
            ]
        }
    }
}
