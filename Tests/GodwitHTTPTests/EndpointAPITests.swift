import GodwitCore
import HTTPTypes
import Testing

@Suite("Endpoints", .timeLimit(.minutes(1))) struct EndpointAPITests {
    @Test("are created, read, replaced, patched, listed and deleted")
    func life() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            for name in ["a", "b"] { try await server.makeEventType(name) }
            let body =
                #"{"url":"HTTP://Example.COM","uid":"e1","eventTypes":["b","a","b"],"channels":["x"],"headers":{"X-A":"1"}}"#
            let created = try await server.call(.post, "/app/\(app)/endpoint", body)
            #expect(
                created.status == 201 && created["url"] == .string("http://example.com/") && created["version"] == .number("1"))
            #expect(
                created["eventTypes"] == .array([.string("b"), .string("a")]) && created["filterTypes"] == created["eventTypes"]
            )
            #expect(created["disabled"] == .bool(false) && created["description"] == .string(""))
            #expect(!created.text.contains("whsec_"))
            #expect(try await server.call(.get, "/app/\(app)/endpoint/e1").json == created.json)
            let patched = try await server.call(
                .patch, "/app/\(app)/endpoint/e1", #"{"eventTypes":[],"channels":null,"disabled":true}"#)
            #expect(patched["eventTypes"] == .null && patched["channels"] == .null && patched["disabled"] == .bool(true))
            let replaced = try await server.call(.put, "/app/\(app)/endpoint/e1", #"{"url":"http://example.com/b"}"#)
            #expect(replaced.status == 200 && replaced.id == created.id && replaced["uid"] == .string("e1"))
            #expect(try await server.call(.get, "/app/\(app)/endpoint/e1/headers")["headers"]?["X-A"] == .string("1"))
            let upserted = try await server.call(.put, "/app/\(app)/endpoint/e2", #"{"url":"http://example.com/c"}"#)
            #expect(upserted.status == 201 && upserted["uid"] == .string("e2"))
            #expect(try await server.call(.get, "/app/\(app)/endpoint").column("id") == [upserted.id, created.id])
            #expect(try await server.call(.post, "/app/\(app)/endpoint", body).status == 409)
            #expect(try await server.call(.delete, "/app/\(app)/endpoint/e1").status == 204)
            #expect(try await server.call(.get, "/app/\(app)/endpoint/e1").status == 404)
            #expect(try await server.call(.get, "/app/other/endpoint").status == 404)
        }
    }

    @Test(
        "a body that is not acceptable is refused field by field",
        arguments: [
            (#"{}"#, "body.url"), (#"{"url":"ftp://a.b"}"#, "body.url"), (#"{"url":"http://u:p@a.b/"}"#, "body.url"),
            (#"{"url":"http://a.b","eventTypes":["gone"]}"#, "body.eventTypes"),
            (#"{"url":"http://a.b","filterTypes":["a b"]}"#, "body.filterTypes.0"),
            (#"{"url":"http://a.b","channels":["a","b c"]}"#, "body.channels.1"),
            (#"{"url":"http://a.b","secret":"whsec_short"}"#, "body.secret"),
            (#"{"url":"http://a.b","version":2}"#, "body.version"), (#"{"url":"http://a.b","rateLimit":0}"#, "body.rateLimit"),
            (#"{"url":"http://a.b","headers":{"webhook-id":"x"}}"#, "body.headers"),
            (#"{"url":"http://a.b","uid":"ep_1"}"#, "body.uid"),
        ])
    func refused(body: String, location: String) async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let response = try await server.call(.post, "/app/\(app)/endpoint", body)
            #expect(response.status == 422 && response.locations == [location], "\(response.text)")
            #expect(!response.text.contains("whsec_short"))
        }
    }

    @Test(
        "a URL that policy forbids is refused, with the setting that permits it",
        arguments: [
            ("http://example.com/", "GODWIT_ALLOW_HTTP"), ("https://127.0.0.1/", "GODWIT_ALLOW_SUBNETS"),
            ("https://10.1.2.3/", "GODWIT_ALLOW_SUBNETS"), ("https://[::ffff:169.254.169.254]/", "GODWIT_ALLOW_SUBNETS"),
            ("https://localhost/", "GODWIT_ALLOW_SUBNETS"),
        ])
    func policy(url: String, setting: String) async throws {
        try await APIServer.run(policy: TargetPolicy()) { server in
            let app = try await server.makeApplication()
            let refused = try await server.call(.post, "/app/\(app)/endpoint", #"{"url":"\#(url)"}"#)
            #expect(refused.status == 422 && refused.locations == ["body.url"] && refused.messages.contains(setting))
            let id = try await server.makeEndpoint(app, url: "https://example.com/")
            #expect(try await server.call(.patch, "/app/\(app)/endpoint/\(id)", #"{"url":"\#(url)"}"#).status == 422)
        }
    }

    @Test("a secret is given out, rotated, and signs for at most ten former ones")
    func secrets() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app))/secret"
            let first = try #require(try await server.call(.get, path)["key"]?.string)
            #expect(first.hasPrefix("whsec_"))
            let rotated = try await server.call(.post, path + "/rotate")
            #expect(
                rotated.status == 200 && rotated["key"]?.string?.hasPrefix("whsec_") == true && rotated["key"] != .string(first)
            )
            #expect(try await server.call(.get, path)["key"] == rotated["key"])
            let own = "whsec_" + String(repeating: "A", count: 32)
            let given = try await server.call(.post, path + "/rotate", #"{"key":"\#(own)","gracePeriodSeconds":60}"#)
            #expect(given["key"] == .string(own))
            for _ in 0..<8 { #expect(try await server.call(.post, path + "/rotate", "{}").status == 200) }
            let refused = try await server.call(.post, path + "/rotate", "{}")
            #expect(refused.status == 400 && refused.code == "limit_reached")
            // Without a grace period no former secret is added.
            #expect(try await server.call(.post, path + "/rotate", #"{"gracePeriodSeconds":0}"#).status == 200)
            let late = try await server.call(.post, path + "/rotate", #"{"gracePeriodSeconds":604801}"#)
            #expect(late.locations == ["body.gracePeriodSeconds"])
        }
    }

    @Test("of an Ed25519 key only the public half is given out")
    func publicKey() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            // RFC 8032 §7.1, test 1: seed, then public key.
            let secret = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg=="
            let id = try await server.makeEndpoint(app, #""secret":"\#(secret)""#)
            let key = try await server.call(.get, "/app/\(app)/endpoint/\(id)/secret")
            #expect(key["key"] == .string("whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="))
            let rotated = try await server.call(.post, "/app/\(app)/endpoint/\(id)/secret/rotate", "{}")
            #expect(rotated["key"]?.string?.hasPrefix("whpk_") == true)
        }
    }

    @Test("custom headers are set, patched by name in any case, and secret ones are not shown")
    func headers() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app))/headers"
            let set = try await server.call(.put, path, #"{"headers":{"X-A":"1","Authorization":"Bearer abc","x-b":"2"}}"#)
            #expect(set.status == 204)
            let shown = try await server.call(.get, path)
            #expect(shown.text == #"{"headers":{"X-A":"1","x-b":"2"},"sensitive":["Authorization"]}"#)
            let body = #"{"headers":{"x-a":"3","X-B":null},"deleteHeaders":["AUTHORIZATION"]}"#
            #expect(try await server.call(.patch, path, body).status == 204)
            #expect(try await server.call(.get, path).text == #"{"headers":{"x-a":"3"},"sensitive":[]}"#)
            #expect(try await server.call(.put, path, "{}").locations == ["body.headers"])
            let split = try await server.call(.patch, path, #"{"headers":{"x-a":"1\r\nx: y"}}"#)
            #expect(split.status == 422 && split.locations == ["body.headers"] && !split.text.contains("x: y"))
            let many = (0..<51).map { #""h\#($0)":"v""# }.joined(separator: ",")
            #expect(try await server.call(.put, path, "{\"headers\":{\(many)}}").status == 422)
            #expect(try await server.call(.patch, path, "{\"headers\":{\(many)}}").status == 422)
        }
    }
}
