import GodwitCore
import HTTPTypes
import Testing

@Suite("Applications", .timeLimit(.minutes(1))) struct ApplicationAPITests {
    @Test("are created, read, replaced, patched and deleted")
    func life() async throws {
        try await APIServer.run { server in
            let created = try await server.call(.post, "/app", #"{"name":"Ä","uid":"u1","metadata":{"k":"v"}}"#)
            let id = created.id
            #expect(created.status == 201 && id.hasPrefix("app_") && id.utf8.count == 31)
            #expect(created.headers["content-type"] == "application/json" && created.headers["date"]?.hasSuffix(" GMT") == true)
            #expect(created["name"] == .string("Ä") && created["uid"] == .string("u1"))
            #expect(created["metadata"]?["k"] == .string("v") && created["throttleRate"] == .null)
            for reference in [id, "u1"] {
                #expect(try await server.call(.get, "/app/\(reference)/").json == created.json)
            }
            let replaced = try await server.call(.put, "/app/\(id)", #"{"name":"b"}"#)
            #expect(replaced.status == 200 && replaced["uid"] == nil && replaced["metadata"] == .object([]))
            let patched = try await server.call(.patch, "/app/\(id)", #"{"uid":"u2"}"#)
            #expect(patched.status == 200 && patched["uid"] == .string("u2") && patched["name"] == .string("b"))
            #expect(try await server.call(.patch, "/app/u2", #"{"uid":null}"#)["uid"] == nil)
            let deleted = try await server.call(.delete, "/app/\(id)")
            #expect(deleted.status == 204 && deleted.body.isEmpty)
            #expect(try await server.call(.get, "/app/\(id)").status == 404)
            #expect(try await server.call(.delete, "/app/\(id)").code == "not_found")
        }
    }

    @Test("a uid is taken until its application is deleted")
    func uniqueUID() async throws {
        try await APIServer.run { server in
            let first = try await server.makeApplication(#""uid":"same""#)
            let refused = try await server.call(.post, "/app", #"{"name":"b","uid":"same"}"#)
            #expect(refused.status == 409 && refused.code == "conflict")
            let again = try await server.call(.post, "/app?get_if_exists=true", #"{"name":"b","uid":"same"}"#)
            #expect(again.status == 200 && again.id == first)
            #expect(try await server.call(.post, "/app?get_if_exists=true", #"{"name":"b","uid":"new"}"#).status == 201)
            _ = try await server.call(.delete, "/app/same")
            #expect(try await server.call(.post, "/app", #"{"name":"b","uid":"same"}"#).status == 201)
        }
    }

    @Test("put on an unknown one creates it, under the name in the path")
    func upsert() async throws {
        try await APIServer.run { server in
            let created = try await server.call(.put, "/app/mine", #"{"name":"x"}"#)
            #expect(created.status == 201 && created["uid"] == .string("mine"))
            let replaced = try await server.call(.put, "/app/mine", #"{"name":"y"}"#)
            #expect(replaced.status == 200 && replaced.id == created.id && replaced["uid"] == .string("mine"))
            #expect(try await server.call(.put, "/app/app_like", #"{"name":"x"}"#).status == 422)
            #expect(try await server.call(.put, "/app/other", #"{"name":"z","uid":"named"}"#)["uid"] == .string("named"))
        }
    }

    @Test(
        "a body that is not acceptable is refused field by field",
        arguments: [
            (#"{"#, ["body"]), (#"[]"#, ["body"]), (#"{}"#, ["body.name"]), (#"{"name":""}"#, ["body.name"]),
            (#"{"name":7,"uid":"a b"}"#, ["body.name", "body.uid"]), (#"{"name":"a\u0001"}"#, ["body.name"]),
            (#"{"name":"a","uid":"app_1"}"#, ["body.uid"]), (#"{"name":"a","uid":""}"#, ["body.uid"]),
            (#"{"name":"a","metadata":{"k":1}}"#, ["body.metadata.k"]),
            (#"{"name":"a","throttleRate":0}"#, ["body.throttleRate"]),
            (#"{"name":"a","rateLimit":65536}"#, ["body.rateLimit"]),
            ("", ["body"]), (#"{"name":"a"} x"#, ["body"]),
        ])
    func refused(body: String, locations: [String]) async throws {
        try await APIServer.run { server in
            let response = try await server.call(.post, "/app", body)
            #expect(response.status == 422 && response.locations == locations, "\(response.text)")
        }
    }

    @Test("limits hold at the limit, and not one past it")
    func limits() async throws {
        try await APIServer.run { server in
            func uid(_ length: Int) -> String { #""uid":"\#(String(repeating: "u", count: length))""# }
            // {"k":"…"} has 8 bytes beside the value.
            func metadata(_ bytes: Int) -> String { #""metadata":{"k":"\#(String(repeating: "v", count: bytes - 8))"}"# }
            let cases = [
                (uid(256), 201), (uid(257), 422), (metadata(4096), 201), (metadata(4097), 422),
                (#""throttleRate":null,"metadata":null,"uid":null"#, 201),
            ]
            for (members, status) in cases {
                let response = try await server.call(.post, "/app", #"{"name":"a",\#(members)}"#)
                #expect(response.status == status, "\(response.text)")
            }
        }
    }

    @Test("are listed in pages, forwards and backwards, in either order")
    func pages() async throws {
        try await APIServer.run { server in
            var ids: [String] = []
            for _ in 0..<5 { ids.append(try await server.makeApplication()) }
            let first = try await server.call(.get, "/app?limit=2")
            #expect(first.column("id") == Array(ids[0..<2]) && first["done"] == .bool(false))
            #expect(first["iterator"] == .string(ids[1]) && first["prevIterator"] == .string("-" + ids[0]))
            let last = try await server.call(.get, "/app?limit=3&iterator=\(ids[1])")
            #expect(last.column("id") == Array(ids[2...]) && last["done"] == .bool(true))
            let back = try await server.call(.get, "/app?limit=1&iterator=-\(ids[2])")
            #expect(back.column("id") == [ids[1]] && back["done"] == .bool(false))
            #expect(try await server.call(.get, "/app?order=descending").column("id") == ids.reversed())
            let empty = try await server.call(.get, "/app?iterator=\(ids[4])")
            #expect(empty["data"] == .array([]) && empty["iterator"] == .null && empty["done"] == .bool(true))
            #expect(!(try empty.json.names.contains("prevIterator")))
        }
    }

    @Test(
        "a query that is not acceptable is refused",
        arguments: [
            ("limit=251", "query.limit"), ("limit=0", "query.limit"), ("limit=-1", "query.limit"), ("limit=x", "query.limit"),
            ("iterator=app_x", "query.iterator"), ("iterator=msg_00000000000000000000000000a", "query.iterator"),
            ("order=up", "query.order"),
        ])
    func refusedQuery(query: String, location: String) async throws {
        try await APIServer.run { server in
            let response = try await server.call(.get, "/app?\(query)")
            #expect(response.status == 422 && response.locations == [location])
            #expect(try await server.call(.get, "/app?limit=250").status == 200)
        }
    }
}
