import GodwitCore
import HTTPTypes
import Testing

/// Bytes on a socket, as clients that are not well-behaved send them too.
@Suite("The publish lane", .timeLimit(.minutes(1))) struct PublishLaneTests {
    private static let body = Array(#"{"eventType":"a","payload":{"n": 1}}"#.utf8)

    @Test("requests that come in one packet are answered in their order")
    func pipelined() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let publish = server.request(.post, "/app/\(app)/msg", Self.body)
            let get = server.request(.get, "/app/\(app)")
            let create = server.request(.post, "/app", Array(#"{"name":"x"}"#.utf8))
            let refused = server.request(.post, "/app/\(app)/msg", Array("{}".utf8))
            let connection = try await server.connect()
            for order in [
                [publish, publish], [get, publish], [publish, get], [get, get, publish, publish, create, publish, get],
                [refused, publish, refused, refused, get, refused], [publish, refused, publish],
            ] {
                try await connection.send(Array(order.joined()))
                for request in order {
                    let response = try await connection.response()
                    let expected = request == publish ? 202 : request == get ? 200 : request == create ? 201 : 422
                    #expect(response.status == expected)
                }
            }
            try await connection.close()
        }
    }

    @Test("many requests in one packet are all answered")
    func flood() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let publish = server.request(.post, "/app/\(app)/msg", Self.body)
            let get = server.request(.get, "/app/\(app)")
            let connection = try await server.connect()
            let requests = (0..<500).map { $0 % 5 == 4 ? get : publish }
            try await connection.send(Array(requests.joined()))
            var messages: Set<String> = []
            for request in requests {
                let response = try await connection.response()
                #expect(response.status == (request == get ? 200 : 202))
                if request == publish { messages.insert(response.id) }
            }
            #expect(messages.count == 400)
            try await connection.close()
        }
    }

    @Test("a request in single bytes is a request", arguments: [false, true])
    func singleBytes(isChunked: Bool) async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let request =
                isChunked
                ? server.request(.post, "/app/\(app)/msg/", nil, headers: ["Transfer-Encoding: chunked"])
                    + Array("\(String(Self.body.count, radix: 16))\r\n".utf8) + Self.body + Array("\r\n0\r\n\r\n".utf8)
                : server.request(.post, "/app/\(app)/msg/", Self.body)
            let connection = try await server.connect()
            for byte in request { try await connection.send([byte]) }
            let response = try await connection.response()
            #expect(response.status == 202 && response.text.contains(#""payload":{"n": 1}"#))
            try await connection.close()
        }
    }

    @Test("a body at the limit is accepted, one past it is refused with the limit, on every path", arguments: [false, true])
    func bodyLimit(isChunked: Bool) async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            for (path, frame, status) in [
                ("/app/\(app)/msg", (#"{"eventType":"a","payload":{"x":""#, #""}}"#), 202),
                ("/app", (#"{"name":"a","x":""#, #""}"#), 201),
            ] {
                for length in [Limits.requestBodyBytes, Limits.requestBodyBytes + 1] {
                    let filling = String(repeating: "x", count: length - frame.0.utf8.count - frame.1.utf8.count)
                    let body = Array((frame.0 + filling + frame.1).utf8)
                    #expect(body.count == length)
                    let connection = try await server.connect()
                    if isChunked {
                        let head = server.request(.post, path, nil, headers: ["Transfer-Encoding: chunked"])
                        try await connection.send(head + Array("\(String(length, radix: 16))\r\n".utf8) + body)
                        try await connection.send(Array("\r\n0\r\n\r\n".utf8))
                    } else {
                        try await connection.send(server.request(.post, path, body))
                    }
                    let response = try await connection.response()
                    let isAllowed = length <= Limits.requestBodyBytes
                    #expect(response.status == (isAllowed ? status : 413))
                    if !isAllowed {
                        #expect(response.detail?.contains("\(Limits.requestBodyBytes)") == true)
                        #expect(response.headers["connection"] == "close")
                        #expect(await connection.isEnded())
                    }
                    try await connection.close()
                }
            }
        }
    }

    @Test("a client that waits for leave to send its body gets it")
    func expectContinue() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            for path in ["/app/\(app)/msg", "/app"] {
                let connection = try await server.connect()
                let body = Array(#"{"eventType":"a","payload":{},"name":"n"}"#.utf8)
                let request = server.request(.post, path, body, headers: ["Expect: 100-continue"])
                try await connection.send(Array(request.dropLast(body.count)))
                #expect(try await connection.response().status == 100)
                try await connection.send(body)
                #expect(200..<300 ~= (try await connection.response().status))
                try await connection.close()
            }
            let connection = try await server.connect()
            let huge = ["Expect: 100-continue", "Content-Length: 2000000"]
            try await connection.send(server.request(.post, "/app/\(app)/msg", nil, headers: huge))
            #expect(try await connection.response().status == 413)
            try await connection.close()
        }
    }

    @Test("a connection ends after the answer when the client asks for it", arguments: ["close", "Close", "te, close"])
    func connectionClose(value: String) async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            for (method, path, body) in [(HTTPRequest.Method.post, "/app/\(app)/msg", Self.body), (.get, "/app/\(app)", [])] {
                let connection = try await server.connect()
                let request = server.request(method, path, body.isEmpty ? nil : body, headers: ["Connection: \(value)"])
                try await connection.send(request)
                let response = try await connection.response()
                #expect(200..<300 ~= response.status && response.headers["connection"] == "close")
                #expect(await connection.isEnded())
                try await connection.close()
            }
        }
    }

    @Test("a client that has finished sending still gets every answer")
    func halfClosed() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let publish = server.request(.post, "/app/\(app)/msg", Self.body)
            let get = server.request(.get, "/app/\(app)")
            for order in [[publish], [get], [publish, get, publish], [get, publish]] {
                let connection = try await server.connect()
                try await connection.send(Array(order.joined()))
                try await connection.finishSending()
                for request in order { #expect(try await connection.response().status == (request == get ? 200 : 202)) }
                #expect(await connection.isEnded())
                try await connection.close()
            }
        }
    }

    @Test("what is not HTTP is refused in JSON, after what came before it")
    func malformed() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let publish = server.request(.post, "/app/\(app)/msg", Self.body)
            for (good, bad) in [
                ([], "garbage\r\n\r\n"), (publish, "GET / HTTP/9.9\r\n\r\n"), ([], "GET / HTTP/1.1\r\nA b: c\r\n\r\n"),
            ] {
                let connection = try await server.connect()
                try await connection.send(good + Array(bad.utf8))
                if !good.isEmpty { #expect(try await connection.response().status == 202) }
                let response = try await connection.response()
                #expect(response.status == 400 && response.code == "bad_request")
                #expect(await connection.isEnded())
                try await connection.close()
            }
        }
    }

    @Test("a header section that is too large is refused")
    func hugeHead() async throws {
        try await APIServer.run { server in
            let huge = ["X-Filling: " + String(repeating: "x", count: Limits.requestHeaderBytes)]
            let response = try await server.call(.get, "/app", headers: huge)
            #expect(response.status == 400 && response.headers["connection"] == "close")
        }
    }

    @Test("paths and methods that don't exist are refused in JSON")
    func unknown() async throws {
        try await APIServer.run { server in
            for path in ["/", "/nothing", "/app/a/b/c/d/e/f", "/app/a/msg/b/c", "/health/x", "/%00", "/app/%2e%2e"] {
                let response = try await server.call(.get, path)
                #expect(response.status == 404 && response.code == "not_found", "\(path)")
            }
            let wrong = try await server.call(.patch, "/app")
            #expect(wrong.status == 405 && wrong.code == "method_not_allowed" && wrong.headers["allow"] == "GET, HEAD, POST")
            #expect(try await server.call(.delete, "/app/a/msg").headers["allow"] == "GET, HEAD, POST")
            #expect(try await server.call(.trace, "/health").status == 405)
            let connection = try await server.connect()
            try await connection.send(Array("GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            #expect(try await connection.response().status == 404)
            try await connection.close()
        }
    }

    @Test("health needs no token", arguments: ["/health", "/health/", "/health/ping"])
    func health(path: String) async throws {
        try await APIServer.run { server in
            for method in [HTTPRequest.Method.get, .head] {
                let response = try await server.call(method, path, token: "")
                #expect(response.status == 204 && response.body.isEmpty)
            }
        }
    }

    @Test("a connection that is closed while its publish is under way loses nothing that was accepted")
    func abandoned() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let publish = server.request(.post, "/app/\(app)/msg", Self.body)
            for _ in 0..<20 {
                let connection = try await server.connect()
                try await connection.send(publish + publish)
                try await connection.close()
            }
            // The server goes on.
            #expect(try await server.publish(app).hasPrefix("msg_"))
        }
    }

    @Test("a server that stops answers what was begun")
    func stopping() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let idle = try await server.connect()
            let connection = try await server.connect()
            let request = server.request(.post, "/app/\(app)/msg", Self.body, headers: ["Expect: 100-continue"])
            try await connection.send(Array(request.dropLast(Self.body.count)))
            #expect(try await connection.response().status == 100)
            await server.stop()
            #expect(await idle.isEnded())
            try await connection.send(Self.body)
            let response = try await connection.response()
            #expect(response.status == 202 && response.headers["connection"] == "close")
            #expect(await connection.isEnded())
            try await connection.close()
        }
    }
}
