import GodwitCore
import HTTPTypes
import Testing

@Suite("Event types", .timeLimit(.minutes(1))) struct EventTypeAPITests {
    @Test("are created, read, replaced, patched, archived and expunged")
    func life() async throws {
        try await APIServer.run { server in
            let schemas = #"{"1":{"type":"object", "n":1e400}}"#
            let body = #"{"name":"user.signup","description":"d","schemas":\#(schemas)}"#
            let created = try await server.call(.post, "/event-type", body)
            #expect(created.status == 201 && created["archived"] == .bool(false) && created["deprecated"] == .bool(false))
            // Schemas are kept as they were written, numbers and spaces too.
            #expect(created.text.contains(#""schemas":\#(schemas)"#))
            #expect(try await server.call(.get, "/event-type/user.signup").json == created.json)
            let refused = try await server.call(.post, "/event-type", body)
            #expect(refused.status == 409 && refused.code == "event_type_exists")
            let patched = try await server.call(.patch, "/event-type/user.signup", #"{"deprecated":true,"schemas":null}"#)
            #expect(
                patched["deprecated"] == .bool(true) && patched["schemas"] == .null && patched["description"] == .string("d"))
            let replaced = try await server.call(.put, "/event-type/user.signup", #"{"description":"e"}"#)
            #expect(replaced.status == 200 && replaced["deprecated"] == .bool(false))
            #expect(try await server.call(.put, "/event-type/new", #"{"description":""}"#).status == 201)

            #expect(try await server.call(.delete, "/event-type/user.signup").status == 204)
            #expect(try await server.call(.get, "/event-type/user.signup")["archived"] == .bool(true))
            #expect(try await server.call(.post, "/event-type", body).status == 201)
            #expect(try await server.call(.get, "/event-type/user.signup")["archived"] == .bool(false))
            #expect(try await server.call(.delete, "/event-type/user.signup?expunge=true").status == 204)
            #expect(try await server.call(.get, "/event-type/user.signup").status == 404)
            #expect(try await server.call(.delete, "/event-type/user.signup").status == 404)
            #expect(try await server.call(.patch, "/event-type/user.signup", "{}").status == 404)
        }
    }

    @Test("are listed by name, without archived ones and schemas unless asked for")
    func list() async throws {
        try await APIServer.run { server in
            for name in ["c", "a", "b"] {
                _ = try await server.call(.post, "/event-type", #"{"name":"\#(name)","description":"","schemas":{"1":{}}}"#)
            }
            _ = try await server.call(.delete, "/event-type/b")
            let listed = try await server.call(.get, "/event-type")
            #expect(listed.column("name") == ["a", "c"] && listed["data"]?.items.first?["schemas"] == .null)
            #expect(try await server.call(.get, "/event-type?include_archived=true").column("name") == ["a", "b", "c"])
            let full = try await server.call(.get, "/event-type?with_content=true&limit=1&iterator=a")
            #expect(full.column("name") == ["c"] && full["data"]?.items.first?["schemas"] == .object([.init("1", .object([]))]))
        }
    }

    @Test("with a feature flag are hidden from tokens of an application")
    func featureFlag() async throws {
        try await APIServer.run { server in
            try await server.makeEventType("open")
            _ = try await server.call(.post, "/event-type", #"{"name":"beta","description":"","featureFlag":"f"}"#)
            let application = ApplicationID(try await server.makeApplication())
            let token = try await server.token(application: application)
            #expect(try await server.call(.get, "/event-type").column("name") == ["beta", "open"])
            #expect(try await server.call(.get, "/event-type", token: token).column("name") == ["open"])
            #expect(try await server.call(.get, "/event-type/beta", token: token).status == 404)
        }
    }

    @Test(
        "a body that is not acceptable is refused field by field",
        arguments: [
            (#"{}"#, ["body.name", "body.description"]), (#"{"name":"a b","description":""}"#, ["body.name"]),
            (#"{"name":"a","description":"","schemas":{"1":7}}"#, ["body.schemas.1"]),
            (#"{"name":"a","description":"","featureFlags":["x y"]}"#, ["body.featureFlags.0"]),
            (#"{"name":"a","description":"","featureFlags":["x"],"featureFlag":"y"}"#, ["body.featureFlag"]),
            (#"{"name":"a","description":"","groupName":"x y"}"#, ["body.groupName"]),
            (
                #"{"name":"a","description":"","schemas":{"1":{"properties":{"n":{"minimum":"1"}}}}}"#,
                ["body.schemas.1.properties.n.minimum"]
            ),
            (#"{"name":"a","description":"","archived":"no"}"#, ["body.archived"]),
        ])
    func refused(body: String, locations: [String]) async throws {
        try await APIServer.run { server in
            let response = try await server.call(.post, "/event-type", body)
            #expect(response.status == 422 && response.locations == locations, "\(response.text)")
        }
    }
}
