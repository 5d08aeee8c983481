import GodwitCore
import GodwitTestKit
import HTTPTypes
import Testing

@Suite("Operational webhooks", .timeLimit(.minutes(1))) struct OperationalAPITests {
    private static let path = "/operational-webhook/endpoint"

    @Test("have endpoints of their own, which no application shows")
    func life() async throws {
        try await APIServer.run { server in
            let body = #"{"url":"https://example.com/","uid":"ops","eventTypes":["endpoint.disabled"],"headers":{"x-a":"1"}}"#
            #expect(try await server.call(.get, Self.path).column("id") == [])
            let created = try await server.call(.post, Self.path, body)
            #expect(created.status == 201 && created["eventTypes"] == .array([.string("endpoint.disabled")]), "\(created.text)")
            #expect(try await server.call(.get, Self.path + "/ops").json == created.json)
            #expect(try await server.call(.get, Self.path).column("id") == [created.id])
            let put = try await server.call(.put, Self.path + "/ops", #"{"url":"https://example.com/b"}"#)
            #expect(put.status == 200 && put.id == created.id && put["eventTypes"] == .null)
            #expect(try await server.call(.get, Self.path + "/ops/headers")["headers"]?["x-a"] == .string("1"))
            #expect(try await server.call(.put, Self.path + "/ops/headers", #"{"headers":{}}"#).status == 204)
            let secret = try await server.call(.get, Self.path + "/ops/secret")
            #expect(secret["key"]?.string?.hasPrefix("whsec_") == true)
            #expect(try await server.call(.post, Self.path + "/ops/secret/rotate", "{}").status == 200)
            #expect(try await server.call(.get, Self.path + "/ops/secret")["key"] != secret["key"])
            #expect(try await server.call(.get, "/app").column("id") == [])
            #expect(try await server.call(.get, "/app/org_godwit").status == 404)
            #expect(try await server.call(.delete, Self.path + "/ops").status == 204)
            #expect(try await server.call(.get, Self.path + "/ops").status == 404)
        }
    }

    @Test("know their own event types only, and belong to one organization")
    func bounds() async throws {
        try await APIServer.run { server in
            try await server.makeEventType("a")
            let unknown = try await server.call(.post, Self.path, #"{"url":"https://example.com/","eventTypes":["a"]}"#)
            #expect(unknown.locations == ["body.eventTypes"])
            let id = try await server.call(.post, Self.path, #"{"url":"https://example.com/"}"#).id
            let stranger = try await server.token(try #require(OrganizationID("org_other")))
            #expect(try await server.call(.get, Self.path + "/\(id)", token: stranger).status == 404)
            let app = try #require(ApplicationID(try await server.makeApplication()))
            let consumer = try await server.token(application: app)
            #expect(try await server.call(.get, Self.path, token: consumer).status == 403)
            let reader = try await server.token(readOnly: true)
            #expect(try await server.call(.get, Self.path, token: reader).column("id") == [id])
            #expect(try await server.call(.post, Self.path, #"{"url":"https://example.com/"}"#, token: reader).status == 403)
        }
    }

    @Test("tell of dead letters")
    func exhausted() async throws {
        let (failing, told) = (try await ReceiverStub.start(always: .status(400)), try await ReceiverStub.start(always: .ok))
        try await APIServer.run(schedule: []) { server in
            let body = #"{"url":"\#(told.url)","eventTypes":["message.attempt.exhausted"]}"#
            #expect(try await server.call(.post, Self.path, body).status == 201)
            let app = try await server.makeApplication(#""uid":"shop""#)
            let endpoint = try await server.makeEndpoint(app, url: failing.url)
            let message = try await server.publish(app)
            let event = try JSONValue.parse(try await told.waitForRequests(1)[0].body)
            #expect(event["type"] == .string("message.attempt.exhausted") && event["data"]?["appUid"] == .string("shop"))
            #expect(event["data"]?["endpointId"] == .string(endpoint) && event["data"]?["msgId"] == .string(message))
        }
        try await failing.stop()
        try await told.stop()
    }
}
