import GodwitCore
import HTTPTypes
import Testing

@Suite("Idempotency keys", .timeLimit(.minutes(1))) struct IdempotencyAPITests {
    @Test("a publish with the same key happens once, and is answered the same")
    func publish() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let body = #"{"eventType":"a","payload":{"n":1}}"#
            let headers = ["Idempotency-Key: k1"]
            let first = try await server.call(.post, "/app/\(app)/msg", body, headers: headers)
            let again = try await server.call(.post, "/app/\(app)/msg", body, headers: headers)
            #expect(first.status == 202 && again.status == 202 && again.body == first.body)
            #expect(first.headers["idempotency-replayed"] == nil && again.headers["idempotency-replayed"] == "true")
            let other = try await server.call(.post, "/app/\(app)/msg", #"{"eventType":"b","payload":{}}"#, headers: headers)
            #expect(other.status == 422 && other.locations == ["header.idempotency-key"])
            #expect(try await server.call(.get, "/app/\(app)/msg").column("id") == [first.id])
            // The key is of one application.
            let second = try await server.makeApplication()
            #expect(try await server.call(.post, "/app/\(second)/msg", body, headers: headers).id != first.id)
        }
    }

    @Test("another POST with the same key happens once, and is answered the same")
    func create() async throws {
        try await APIServer.run { server in
            let headers = ["idempotency-key: auto_1"]
            let first = try await server.call(.post, "/app", #"{"name":"a"}"#, headers: headers)
            let again = try await server.call(.post, "/app/", #"{"name":"a"}"#, headers: headers)
            #expect(again.status == 201 && again.body == first.body && again.headers["idempotency-replayed"] == "true")
            #expect(try await server.call(.post, "/app", #"{"name":"b"}"#, headers: headers).status == 422)
            #expect(try await server.call(.get, "/app").column("id") == [first.id])
            // What was refused may be tried again.
            let retry = ["idempotency-key: auto_2"]
            #expect(try await server.call(.post, "/app", #"{"name":""}"#, headers: retry).status == 422)
            #expect(try await server.call(.post, "/app", #"{"name":"c"}"#, headers: retry).status == 201)
        }
    }

    @Test("requests with the same key at the same time are one")
    func concurrent() async throws {
        try await APIServer.run { server in
            let bodies = try await withThrowingTaskGroup(of: RawResponse.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await server.call(.post, "/app", #"{"name":"a"}"#, headers: ["idempotency-key: k"]) }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1.text) }
            }
            #expect(bodies.count == 1)
            #expect(try await server.call(.get, "/app").column("id").count == 1)
        }
    }

    @Test("a rotation's answer is a secret, and isn't kept")
    func rotation() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app))/secret/rotate"
            let first = try await server.call(.post, path, "{}", headers: ["idempotency-key: k"])
            let again = try await server.call(.post, path, "{}", headers: ["idempotency-key: k"])
            #expect(first.status == 200 && again.status == 200 && again["key"] != first["key"])
            #expect(again.headers["idempotency-replayed"] == nil)
        }
    }

    @Test("are 1 to 256 visible ASCII characters", arguments: ["/app", "/app/a/msg"])
    func limits(path: String) async throws {
        try await APIServer.run { server in
            _ = try await server.makeApplication(#""uid":"a""#)
            let body = #"{"name":"a","eventType":"a","payload":{}}"#
            for (key, isAccepted) in [
                (String(repeating: "k", count: 256), true), (String(repeating: "k", count: 257), false), ("a b", false),
                ("é", false),
            ] {
                let response = try await server.call(.post, path, body, headers: ["idempotency-key: \(key)"])
                #expect((200..<300).contains(response.status) == isAccepted && response.status < 500, "\(key.count)")
                if !isAccepted { #expect(response.locations == ["header.idempotency-key"]) }
            }
        }
    }
}
