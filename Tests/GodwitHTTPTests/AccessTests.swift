import GodwitCore
import GodwitEngine
import GodwitHTTP
import GodwitTestKit
import HTTPTypes
import JWTKit
import Testing

@Suite("Access", .timeLimit(.minutes(1))) struct AccessTests {
    private static let publish = #"{"eventType":"a","payload":{}}"#

    @Test("needs a token of ours that is good now", arguments: [false, true])
    func tokens(onLane: Bool) async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            func call(_ token: String, _ headers: [String] = []) async throws -> RawResponse {
                onLane
                    ? try await server.call(.post, "/app/\(app)/msg", Self.publish, token: token, headers: headers)
                    : try await server.call(.get, "/app/\(app)", token: token, headers: headers)
            }
            let long = Instant(millisecondsSince1970: 1_000_000_000_000)
            let ahead = server.engine.now + .seconds(3600)
            let bad: [(String, String)] = [
                ("none", ""), ("garbage", "abc"), ("dots", "a.b.c"), ("expired", try await server.token(issued: long)),
                ("not yet", try await server.token(issued: ahead)),
                ("other secret", try await server.token(secret: Array("another secret, long enough".utf8))),
                ("cut", String(try await server.token().dropLast(2))), ("long", String(repeating: "a", count: 9000)),
            ]
            for (name, token) in bad {
                let response = try await call(token)
                #expect(response.status == 401 && response.code == "authentication_failed", "\(name) \(response.text)")
                #expect(response.headers["www-authenticate"] == "Bearer")
            }
            #expect(try await call("", ["Authorization: Basic abc"]).status == 401)
            let secret = try await call(String(decoding: APIServer.secret, as: UTF8.self))
            #expect(secret.status == 401)
            #expect(try await call("", ["authorization: bearer \(server.token)"]).status == (onLane ? 202 : 200))
            #expect(try await call(try await server.token(.init("org_other") ?? .standard)).status == 404)
        }
    }

    @Test("of the secret itself is refused with a hint")
    func secretAsToken() async throws {
        let secret = "no-spaces-in-this-secret"
        try await APIServer.run(secret: Array(secret.utf8)) { server in
            let response = try await server.call(.get, "/app", token: secret)
            #expect(response.status == 401 && response.detail?.contains("godwit token") == true)
        }
    }

    @Test("of a token for one application ends at that application")
    func applicationToken() async throws {
        try await APIServer.run { server in
            let (mine, other) = (try await server.makeApplication(#""uid":"m""#), try await server.makeApplication())
            let endpoint = try await server.makeEndpoint(other)
            let token = try await server.token(application: ApplicationID(mine))
            for path in ["/app/\(mine)", "/app/m", "/app/m/endpoint", "/app/m/msg", "/event-type"] {
                #expect(try await server.call(.get, path, token: token).status == 200, "\(path)")
            }
            for path in ["/app/\(other)", "/app/\(other)/endpoint/\(endpoint)", "/app/\(other)/endpoint/\(endpoint)/secret"] {
                #expect(try await server.call(.get, path, token: token).status == 404, "\(path)")
            }
            #expect(try await server.call(.post, "/app/m/endpoint", #"{"url":"http://a.b/"}"#, token: token).status == 201)
            let forbidden: [(HTTPRequest.Method, String)] = [
                (.get, "/app"), (.post, "/app"), (.put, "/app/m"), (.patch, "/app/m"), (.delete, "/app/m"),
                (.post, "/app/m/msg"), (.post, "/event-type"), (.delete, "/event-type/a"),
            ]
            for (method, path) in forbidden {
                let response = try await server.call(method, path, method == .get ? nil : Self.publish, token: token)
                #expect(response.status == 403 && response.code == "insufficient access", "\(method) \(path)")
            }
        }
    }

    @Test("of a token that only reads ends at writing")
    func readOnly() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let token = try await server.token(readOnly: true)
            #expect(try await server.call(.get, "/app/\(app)/msg", token: token).status == 200)
            for path in ["/app", "/app/\(app)/msg", "/app/\(app)/endpoint"] {
                #expect(try await server.call(.post, path, Self.publish, token: token).status == 403, "\(path)")
            }
            #expect(try await server.call(.delete, "/app/\(app)", token: token).status == 403)
        }
    }

    @Test("of a token that was verified once ends when it expires")
    func rememberedExpiry() async throws {
        try await APIServer.run { server in
            // Good for a moment from now on; what it says is whole seconds.
            let issued = Instant(millisecondsSince1970: server.engine.now.millisecondsSince1970 - 60_000)
            let token = try await server.token(lifetime: .seconds(62), issued: issued)
            #expect(try await server.call(.get, "/app", token: token).status == 200)
            try await Patience.until { try await server.call(.get, "/app", token: token).status == 401 }
        }
    }

    @Test("with names in a token that are none is refused")
    func names() async throws {
        struct Claims: JWTPayload {
            var sub: String?
            var org: String?
            func verify(using algorithm: some JWTAlgorithm) async throws {}
        }
        try await APIServer.run { server in
            let padded = APIServer.secret + [UInt8](repeating: 0, count: 32 - APIServer.secret.count)
            let keys = await JWTKeyCollection().add(hmac: HMACKey(from: padded), digestAlgorithm: .sha256)
            for (claims, status) in [
                (Claims(), 401), (Claims(sub: "org_a"), 200), (Claims(sub: "nobody"), 400),
                (Claims(sub: "app_x", org: "org_a"), 400),
                (Claims(sub: "app_x", org: "x"), 400),
            ] {
                let response = try await server.call(.get, "/event-type", token: try await keys.sign(claims))
                #expect(response.status == status, "\(claims) \(response.text)")
            }
        }
    }
}
