import GodwitCore
import HTTPTypes
import Testing

@Suite("Messages", .timeLimit(.minutes(1))) struct MessageAPITests {
    @Test("are accepted, and read by identifier or event id")
    func life() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication(#""uid":"u""#)
            let payload = "{\"b\": 1e400,\t\"a\":\"\\u00e9\\/😀\", \"b\":2}"
            let body = #"{"eventType":"x.y","eventId":"e1","channels":["c"],"tags":["t"],"payload":\#(payload)}"#
            let accepted = try await server.call(.post, "/app/u/msg/", body)
            #expect(accepted.status == 202 && accepted.id.hasPrefix("msg_") && accepted["deliverAt"] == .null)
            #expect(accepted.text.contains("\"payload\":\(payload),"))
            #expect(accepted.headers["content-type"] == "application/json" && accepted.headers["date"] != nil)
            for reference in [accepted.id, "e1"] {
                #expect(try await server.call(.get, "/app/\(app)/msg/\(reference)").body == accepted.body)
            }
            let bare = try await server.call(.get, "/app/u/msg/e1?with_content=false")
            #expect(bare["payload"] == .object([]) && bare["eventType"] == .string("x.y"))
            #expect(try await server.call(.get, "/app/u/msg/e2").status == 404)
            #expect(try await server.call(.get, "/app/u/msg/\(MessageID(key: 1, nonce: .init(high: 0, low: 0)))").status == 404)
            let again = try await server.call(.post, "/app/u/msg", body)
            #expect(again.status == 409 && again.code == "conflict")
            let unseen = try await server.call(.post, "/app/u/msg?with_content=false", #"{"eventType":"a","payload":{"a":1}}"#)
            #expect(unseen["payload"] == .object([]) && unseen["eventId"] == .null && unseen["channels"] == .null)
        }
    }

    @Test("without an application, or with a body that is not acceptable, are refused")
    func refused() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let unknown = try await server.call(.post, "/app/nobody/msg", #"{"eventType":"a","payload":{}}"#)
            #expect(unknown.status == 404 && unknown.detail == "Application not found")
            let broken = try await server.call(.post, "/app/\(app)/msg", #"{"eventType":"#)
            #expect(broken.status == 422 && broken.locations == ["body"] && broken.text.contains("value_error.jsondecode"))
            let two = try await server.call(.post, "/app/\(app)/msg", #"{"payload":[],"deliverAt":"x"}"#)
            #expect(two.locations == ["body.eventType", "body.payload", "body.deliverAt"])
            #expect(try await server.call(.post, "/app/\(app)/msg").locations == ["body"])
            #expect(try await server.call(.post, "/app/\(app)/msg?with_content=7", "{}").locations == ["query.with_content"])
        }
    }

    @Test("are listed newest first, in pages, and filtered")
    func list() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/msg"
            var ids: [String] = []
            for index in 0..<5 {
                let members = index == 1 ? #""channels":["c"],"tags":["t"]"# : ""
                ids.insert(try await server.publish(app, type: "type.\(index % 2)", members), at: 0)
            }
            let first = try await server.call(.get, path + "?limit=2")
            #expect(first.column("id") == Array(ids[0..<2]) && first["done"] == .bool(false))
            let rest = try await server.call(.get, path + "?limit=3&iterator=\(ids[1])")
            #expect(rest.column("id") == Array(ids[2...]) && rest["done"] == .bool(true))
            #expect(try await server.call(.get, path + "?limit=2&iterator=-\(ids[2])").column("id") == Array(ids[0..<2]))
            #expect(try await server.call(.get, path + "?event_types=type.1,none").column("id") == [ids[1], ids[3]])
            #expect(try await server.call(.get, path + "?channel=c").column("id") == [ids[3]])
            #expect(try await server.call(.get, path + "?tag=t").column("id") == [ids[3]])
            #expect(try await server.call(.get, path + "?before=2020-01-01T00:00:00Z").column("id") == [])
            #expect(try await server.call(.get, path + "?limit=2&after=2020-01-01T00:00:00Z").column("id") == Array(ids[3...]))
            #expect(
                try await server.call(.get, path + "?limit=1&with_content=false")["data"]?.items.first?["payload"]
                    == .object([]))
            for query in [
                "iterator=app_x", "channel=a%20b", "tag=%00", "before=now", "with_content=maybe", "event_types=a%20b",
            ] {
                #expect(try await server.call(.get, path + "?" + query).status == 422, "\(query)")
            }
        }
    }
}
