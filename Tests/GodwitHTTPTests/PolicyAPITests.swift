import GodwitCore
import HTTPTypes
import Testing

@testable import GodwitHTTP

@Suite("Delivery policies", .timeLimit(.minutes(1))) struct PolicyAPITests {
    @Test("are read, replaced by what was read, and patched")
    func life() async throws {
        try await APIServer.run(schedule: [.seconds(5), .seconds(300)]) { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app))/policy"
            let standard = try await server.call(.get, path)
            #expect(standard.status == 200 && standard["retry"] == .null && standard["disableAfter"] == .string("5d"))
            #expect(standard["effective"]?["retry"] == .array([.string("5s"), .string("5m")]))
            #expect(standard["effective"]?["timeouts"]?["connect"] == .string("2s"))
            #expect(standard["effective"]?["timeouts"]?["total"] == .string("5s"))
            let own = #"{"retry":{"preset":"toss"},"order":{"mode":"fifo","headOfLine":"park"},"rateLimit":{"perSecond":7}}"#
            let replaced = try await server.call(.put, path + "/", own)
            #expect(replaced.status == 200 && replaced["effective"]?["retry"]?.items.count == 7, "\(replaced.text)")
            #expect(try await server.call(.put, path, replaced.text).json == replaced.json)
            let patched = try await server.call(.patch, path, #"{"timeouts":{"total":"3s"},"disableAfter":null,"order":null}"#)
            #expect(patched["timeouts"]?["total"] == .string("3s") && patched["disableAfter"] == .null)
            #expect(patched["order"]?["mode"] == .string("unordered") && patched["retry"]?["preset"] == .string("toss"))
            #expect(try await server.call(.get, path).json == patched.json)
            #expect(try await server.call(.put, path, "{}").json == standard.json)
            #expect(try await server.call(.get, "/app/\(app)/endpoint/none/policy").status == 404)
        }
    }

    @Test(
        "that are not acceptable are refused field by field",
        arguments: [
            (#"{"retyr":null}"#, "body.retyr"), (#"{"retry":{"preset":"often"}}"#, "body.retry.preset"),
            (#"{"timeouts":{"connect":"6s","total":"5s"}}"#, "body.timeouts.connect"),
            (#"{"timeouts":{"total":"0s"}}"#, "body.timeouts.total"), ("[]", "body"),
            (#"{"response":{"rules":[{"status":"99","means":"stop"}]}}"#, "body.response.rules.0.status"),
            (#"{"order":{"mode":"fifo","headOfLine":"skip"}}"#, "body.order.skipAfter"),
            (#"{"batch":{"maxMessages":1}}"#, "body.batch.maxMessages"),
            (#"{"rateLimit":{"perSecond":0}}"#, "body.rateLimit.perSecond"),
        ])
    func refused(body: String, location: String) async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app))/policy"
            for method in [HTTPRequest.Method.put, .patch] {
                let response = try await server.call(method, path, body)
                #expect(response.status == 422 && Set(response.locations) == [location], "\(method) \(response.text)")
            }
        }
    }

    @Test("and throttleRate are two views of one limit")
    func throttle() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication(#""throttleRate":9"#)
            #expect(try await server.call(.get, "/app/\(app)")["rateLimit"] == .number("9"))
            let limits = try await server.call(.put, "/app/\(app)/rate-limit", #"{"perSecond":70000,"concurrent":2}"#)
            #expect(limits.text == #"{"perSecond":70000,"perMinute":null,"perHour":null,"concurrent":2}"#)
            #expect(try await server.call(.get, "/app/\(app)")["throttleRate"] == .number("65535"))
            #expect(try await server.call(.patch, "/app/\(app)", #"{"throttleRate":null}"#)["throttleRate"] == .null)
            #expect(try await server.call(.get, "/app/\(app)/rate-limit")["concurrent"] == .number("2"))

            let endpoint = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app, #""rateLimit":3"#))"
            #expect(try await server.call(.get, endpoint)["throttleRate"] == .number("3"))
            #expect(try await server.call(.get, endpoint + "/policy")["rateLimit"]?["perSecond"] == .number("3"))
            _ = try await server.call(.patch, endpoint + "/policy", #"{"rateLimit":{"perSecond":4,"perHour":5}}"#)
            #expect(try await server.call(.get, endpoint)["rateLimit"] == .number("4"))
            _ = try await server.call(.put, endpoint, #"{"url":"http://127.0.0.1:9/"}"#)
            #expect(try await server.call(.get, endpoint)["throttleRate"] == .null)
            #expect(try await server.call(.get, endpoint + "/policy")["rateLimit"]?["perHour"] == .number("5"))
        }
    }

    @Test("An endpoint says since when and why it is disabled")
    func disabled() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let endpoint = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app))"
            let enabled = try await server.call(.get, endpoint)
            #expect(enabled["disabledAt"] == .null && enabled["disabledReason"] == .null && enabled["failingSince"] == .null)
            let disabled = try await server.call(.patch, endpoint, #"{"disabled":true}"#)
            #expect(disabled["disabledAt"]?.string != nil && disabled["disabledReason"] == .string("by_hand"))
            let again = try await server.call(.put, endpoint, #"{"url":"http://127.0.0.1:9/","disabled":true}"#)
            #expect(again["disabledAt"] == disabled["disabledAt"] && again["disabledReason"] == .string("by_hand"))
            #expect(try await server.call(.patch, endpoint, #"{"disabled":false}"#)["disabledReason"] == .null)
            let born = try await server.makeEndpoint(app, #""disabled":true"#)
            #expect(try await server.call(.get, "/app/\(app)/endpoint/\(born)")["disabledReason"] == .string("by_hand"))
        }
    }
}
