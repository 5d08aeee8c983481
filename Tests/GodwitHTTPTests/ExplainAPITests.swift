import GodwitCore
import GodwitEngine
import GodwitTestKit
import HTTPTypes
import Testing

@Suite("Explanations", .timeLimit(.minutes(1))) struct ExplainAPITests {
    @Test("name every endpoint, with attempts, what they meant and what is to come")
    func explain() async throws {
        let receiver = try await ReceiverStub.start(always: .status(500))
        try await APIServer.run(schedule: [.seconds(3600), .seconds(7200)]) { server in
            let app = try await server.makeApplication()
            try await server.makeEventType("other")
            let failing = try await server.makeEndpoint(app, url: receiver.url, #""uid":"failing""#)
            let filtered = try await server.makeEndpoint(app, #""eventTypes":["other"]"#)
            let disabled = try await server.makeEndpoint(app, #""disabled":true"#)
            let message = try await server.publish(app)
            let late = try await server.makeEndpoint(app)
            try await Patience.until {
                try await server.call(.get, "/app/\(app)/attempt/msg/\(message)").column("id").count == 1
            }
            let answer = try await server.call(.get, "/app/\(app)/msg/\(message)/explain")
            #expect(answer.status == 200 && answer["message"]?["id"] == .string(message))
            #expect(answer["message"]?["payloadExpired"] == .bool(false) && answer["attemptsAreComplete"] == .bool(true))
            let endpoints = answer["endpoints"]?.items ?? []
            #expect(endpoints.compactMap { $0["endpointId"]?.string } == [failing, filtered, disabled, late])
            #expect(
                endpoints.compactMap { $0["decision"]?.string } == ["waiting", "not_subscribed", "disabled", "created_later"],
                "\(answer.text)")
            let first = endpoints.first
            #expect(first?["because"]?.string?.hasPrefix("Attempt 1 failed with status 500.") == true)
            #expect(first?["received"] == .bool(false) && first?["state"] == .string("waiting"))
            #expect(first?["sequence"] == .number("1") && first?["uid"] == .string("failing"))
            #expect(first?["attempts"]?.items.first?["means"] == .string("retry"))
            #expect(first?["attempts"]?.items.first?["timings"]?["total"]?.number ?? 0 > 0)
            #expect(first?["schedule"]?.items.count == 2 && first?["schedule"]?.items.first == first?["due"])

            let list = try await server.call(.get, "/app/\(app)/msg/\(message)/endpoint")
            #expect(list.column("id") == [failing] && list.column("statusText") == ["sending"] && list["done"] == .bool(true))
            #expect(list["data"]?.items.first?["nextAttempt"] == first?["due"])
            #expect(list["data"]?.items.first?["remainingSchedule"] == first?["schedule"])
            #expect(try await server.call(.get, "/app/\(app)/msg/none/explain").status == 404)
        }
        try await receiver.stop()
    }

    @Test("name endpoints that got it by a replay, and were deleted since")
    func deletedLater() async throws {
        let receiver = try await ReceiverStub.start(always: .ok)
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let message = try await server.publish(app)
            let endpoint = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app, url: receiver.url))"
            _ = try await server.call(.post, endpoint + "/replay-missing", #"{"since":"2020-01-01T00:00:00Z"}"#)
            let path = "/app/\(app)/msg/\(message)"
            try await Patience.until {
                try await server.call(.get, path + "/endpoint").column("statusText") == ["success"]
            }
            _ = try await server.call(.delete, endpoint)
            #expect(try await server.call(.get, path + "/endpoint").column("statusText") == ["success"])
            let explained = try await server.call(.get, path + "/explain")["endpoints"]?.items.first
            #expect(explained?["decision"] == .string("delivered") && explained?["received"] == .bool(true))
        }
        try await receiver.stop()
    }

    @Test("destinations come in pages, by endpoint")
    func pages() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            var ids: [String] = []
            for _ in 0..<3 { ids.append(try await server.makeEndpoint(app)) }
            let later = RFC3339.format(server.engine.now + .seconds(3600))
            let path = "/app/\(app)/msg/\(try await server.publish(app, #""deliverAt":"\#(later)""#))/endpoint"
            let first = try await server.call(.get, path + "?limit=2")
            #expect(first.column("id") == Array(ids[..<2]) && first["done"] == .bool(false))
            #expect(first.column("statusText") == ["pending", "pending"] && first.column("nextAttempt") == [later, later])
            let rest = try await server.call(.get, path + "?limit=2&iterator=\(ids[1])")
            #expect(rest.column("id") == [ids[2]] && rest["done"] == .bool(true))
            #expect(try await server.call(.get, path + "?iterator=-\(ids[1])").column("id") == [ids[0]])
        }
    }

    @Test("dead letters are listed, and what the engine knows of the endpoint is shown")
    func deadLetters() async throws {
        let receiver = try await ReceiverStub.start(always: .status(400))
        try await APIServer.run(schedule: []) { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app, url: receiver.url))"
            var messages: [String] = []
            for _ in 0..<3 { messages.append(try await server.publish(app)) }
            try await Patience.until { try await server.call(.get, path + "/dead-letter").column("msgId").count == 3 }
            let page = try await server.call(.get, path + "/dead-letter?limit=2")
            #expect(page.column("msgId") == [messages[2], messages[1]] && page["done"] == .bool(false))
            let letter = page["data"]?.items.first
            #expect(
                letter?["attempts"] == .number("1") && letter?["parked"] == .bool(false) && letter?["eventType"] == .string("a")
            )
            #expect(letter?["lastAttempt"]?["responseStatusCode"] == .number("400") && letter?["deadSince"]?.string != nil)
            #expect(
                try await server.call(.get, path + "/dead-letter?limit=2&iterator=\(messages[1])").column("msgId") == [
                    messages[0]
                ])
            #expect(try await server.call(.post, path + "/dead-letter/release").text == #"{"released":0}"#)
            let one = try await server.call(.post, path + "/dead-letter/release", #"{"msgId":"\#(messages[0])"}"#)
            #expect(one.text == #"{"released":0}"#)
            #expect(
                try await server.call(.post, path + "/dead-letter/release", #"{"msgId":"none"}"#).locations == ["body.msgId"])
            let status = try await server.call(.get, path + "/delivery-status")
            #expect(status.status == 200 && status["breaker"]?.string != nil && status["inFlight"] == .number("0"))
        }
        try await receiver.stop()
    }

    @Test("what waits in line names who is first, and passes when that is released")
    func line() async throws {
        let receiver = try await ReceiverStub.start { _, index in index == 0 ? .status(400) : .ok }
        try await APIServer.run(schedule: []) { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app, url: receiver.url))"
            _ = try await server.call(.put, path + "/policy", #"{"order":{"mode":"fifo-per-key","headOfLine":"park"}}"#)
            let first = try await server.publish(app, #""orderingKey":"k""#)
            try await Patience.until { try await server.call(.get, path + "/dead-letter").column("msgId") == [first] }
            let letter = try await server.call(.get, path + "/dead-letter")["data"]?.items.first
            #expect(letter?["parked"] == .bool(true))
            let second = try await server.publish(app, #""orderingKey":"k""#)
            let explained = try await server.call(.get, "/app/\(app)/msg/\(second)/explain")["endpoints"]?.items.first
            #expect(explained?["decision"] == .string("waiting") && explained?["line"]?["head"] == .string(first))
            #expect(explained?["because"]?.string?.contains("behind \(first), which is a dead letter") == true)
            let released = try await server.call(.post, path + "/dead-letter/release", #"{"msgId":"\#(first)"}"#)
            #expect(released.text == #"{"released":1}"#)
            try await Patience.until {
                try await server.call(.get, "/app/\(app)/msg/\(second)/endpoint").column("statusText") == ["success"]
            }
        }
        try await receiver.stop()
    }
}
