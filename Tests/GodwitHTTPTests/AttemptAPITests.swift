import GodwitCore
import GodwitTestKit
import HTTPTypes
import Testing

@Suite("Attempts", .timeLimit(.minutes(1))) struct AttemptAPITests {
    /// Waits until the list at `path` has that many items.
    private func list(_ path: String, _ count: Int, _ server: APIServer) async throws -> RawResponse {
        var found = try await server.call(.get, path)
        try await Patience.until {
            found = try await server.call(.get, path)
            return found["data"]?.items.count ?? 0 >= count
        }
        return found
    }

    @Test("are listed by endpoint and by message, newest first, with what was answered")
    func lists() async throws {
        let receiver = try await ReceiverStub.start { _, index in
            index == 0 ? .status(503, body: Array("busy é".utf8)) : .status(200, body: [0xFF, 0x00])
        }
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let endpoint = try await server.makeEndpoint(app, url: receiver.url, #""uid":"e""#)
            let message = try await server.publish(app)
            let both = try await list("/app/\(app)/attempt/endpoint/e", 2, server)
            let (last, first) = (both["data"]?.items.first, both["data"]?.items.last)
            #expect(last?["status"] == .number("0") && last?["statusText"] == .string("success"))
            #expect(last?["response"] == .string("/wA=") && last?["responseStatusCode"] == .number("200"))
            #expect(last?["attemptNumber"] == .number("2") && last?["nextAttempt"] == .null && last?["failure"] == .null)
            #expect(first?["status"] == .number("3") && first?["statusText"] == .string("sending"))
            #expect(first?["response"] == .string("busy é") && first?["responseStatusCode"] == .number("503"))
            #expect(first?["nextAttempt"]?.string != nil && first?["triggerType"] == .number("0"))
            #expect(first?["msgId"] == .string(message) && first?["endpointId"] == .string(endpoint))
            #expect(first?["url"] == .string(receiver.url + "/") && first?["timings"]?["connect"]?.number ?? 0 > 0)
            let byMessage = try await server.call(
                .get, "/app/\(app)/attempt/msg/\(message)?endpoint_id=e&expanded_statuses=true")
            #expect(byMessage["data"] == both["data"])
            let bare = try await server.call(.get, "/app/\(app)/attempt/msg/\(message)?with_content=false&limit=1")
            #expect(bare["data"]?.items.first?["response"] == .string("{}") && bare["done"] == .bool(false))
            let id = try #require(both.column("id").last)
            let one = try await server.call(.get, "/app/\(app)/msg/\(message)/attempt/\(id)")
            #expect(try one.json == first)
            #expect(try await server.call(.get, "/app/\(app)/attempt/endpoint/e?iterator=-\(id)").column("id").count == 1)
            for (query, count) in [("status=0", 1), ("status=3", 1), ("status=2", 0), ("status_code_class=500", 1)] {
                #expect(try await server.call(.get, "/app/\(app)/attempt/endpoint/e?\(query)").column("id").count == count)
            }
        }
        try await receiver.stop()
    }

    @Test("that got no response say why")
    func failure() async throws {
        let receiver = try await ReceiverStub.start(always: .reset)
        try await APIServer.run(schedule: []) { server in
            let app = try await server.makeApplication()
            _ = try await server.makeEndpoint(app, url: receiver.url)
            let message = try await server.publish(app)
            let attempt = try await list("/app/\(app)/attempt/msg/\(message)", 1, server)["data"]?.items.first
            #expect(attempt?["status"] == .number("2") && attempt?["responseStatusCode"] == .number("0"))
            #expect(attempt?["failure"]?["code"]?.string == "connection_closed")
            #expect(attempt?["response"] == attempt?["failure"]?["detail"])
        }
        try await receiver.stop()
    }

    @Test(
        "show a body as text, also one that was cut within a character, and any other in base64",
        arguments: [("aéé".utf8.map(\.self), "aé"), (Array("aé!!".utf8), "aé!"), ([0x41, 0xFF], "Qf8=")])
    func bodies(body: [UInt8], shown: String) async throws {
        let receiver = try await ReceiverStub.start(always: .status(200, body: body))
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let endpoint = try await server.makeEndpoint(app, url: receiver.url)
            let path = "/app/\(app)/endpoint/\(endpoint)/policy"
            #expect(try await server.call(.patch, path, #"{"response":{"bodyBytesKept":4}}"#).status == 200)
            let message = try await server.publish(app)
            let attempts = try await list("/app/\(app)/attempt/msg/\(message)", 1, server)
            #expect(attempts["data"]?.items.first?["response"] == .string(shown))
        }
        try await receiver.stop()
    }

    @Test("can be asked for by hand")
    func resend() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let endpoint = try await server.makeEndpoint(app, url: receiver.url)
            let message = try await server.publish(app)
            _ = try await list("/app/\(app)/attempt/msg/\(message)", 1, server)
            let resent = try await server.call(.post, "/app/\(app)/msg/\(message)/endpoint/\(endpoint)/resend")
            #expect(resent.status == 202 && resent.text == "{}")
            let attempts = try await list("/app/\(app)/attempt/msg/\(message)", 2, server)
            #expect(attempts["data"]?.items.first?["triggerType"] == .number("1"))
            #expect(try await receiver.waitForRequests(2).map { $0.header("webhook-id") } == [message, message])

            _ = try await server.call(.patch, "/app/\(app)/endpoint/\(endpoint)", #"{"disabled":true}"#)
            let refused = try await server.call(.post, "/app/\(app)/msg/\(message)/endpoint/\(endpoint)/resend", "{}")
            #expect(refused.status == 400 && refused.code == "endpoint_disabled")
            let other = try await server.makeEndpoint(app)
            let never = try await server.call(.post, "/app/\(app)/msg/\(message)/endpoint/\(other)/resend", "{}")
            #expect(never.status == 404)
            #expect(try await server.call(.post, "/app/\(app)/msg/gone/endpoint/\(other)/resend").status == 404)
        }
        try await receiver.stop()
    }

    @Test(
        "a query that is not acceptable is refused",
        arguments: [
            "status=5", "status=x", "with_msg=maybe", "status_code_class=250", "limit=251", "iterator=x", "expanded_statuses=7",
        ])
    func refused(query: String) async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let endpoint = try await server.makeEndpoint(app)
            #expect(try await server.call(.get, "/app/\(app)/attempt/endpoint/\(endpoint)?\(query)").status == 422)
            #expect(try await server.call(.get, "/app/\(app)/attempt/endpoint/nobody").status == 404)
            #expect(try await server.call(.get, "/app/\(app)/attempt/msg/nothing").status == 404)
        }
    }
}
