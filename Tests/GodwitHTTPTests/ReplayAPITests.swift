import GodwitCore
import GodwitTestKit
import HTTPTypes
import Testing

@testable import GodwitHTTP

@Suite("Replays", .timeLimit(.minutes(1))) struct ReplayAPITests {
    private static let since = "2020-01-01T00:00:00Z"

    /// With three dead letters.
    private func withDeadLetters(_ body: (APIServer, ReceiverStub, _ app: String, _ endpoint: String) async throws -> Void)
        async throws
    {
        let receiver = try await ReceiverStub.start { _, index in index < 3 ? .status(400) : .ok }
        try await APIServer.run(schedule: []) { server in
            let app = try await server.makeApplication()
            let endpoint = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app, url: receiver.url))"
            for _ in 0..<3 { _ = try await server.publish(app) }
            try await Patience.until { try await server.call(.get, endpoint + "/dead-letter").column("msgId").count == 3 }
            try await body(server, receiver, app, endpoint)
        }
        try await receiver.stop()
    }

    @Test("are planned, started, watched, and deliver what had failed")
    func life() async throws {
        try await withDeadLetters { server, receiver, _, endpoint in
            let plan = try await server.call(.post, endpoint + "/replay", #"{"since":"\#(Self.since)","plan":true,"pace":2}"#)
            #expect(plan.status == 200 && plan.text == #"{"count":3,"countIsComplete":true,"estimatedSeconds":2}"#)
            #expect(try await server.call(.get, endpoint + "/replay").column("id") == [])
            let started = try await server.call(.post, endpoint + "/replay", #"{"since":"\#(Self.since)"}"#)
            #expect(started.status == 202 && started.id.hasPrefix("qtask_") && started["planned"] == .number("3"))
            #expect(started["which"] == .string("dead-letters") && started["rules"] == .string("as-sent"))
            let path = endpoint + "/replay/\(started.id)"
            try await Patience.until { try await server.call(.get, path)["status"] == .string("finished") }
            #expect(try await server.call(.get, path)["replayed"] == .number("3"))
            try await Patience.until { try await server.call(.get, endpoint + "/dead-letter").column("msgId").isEmpty }
            #expect(try await server.call(.get, endpoint + "/replay").column("id") == [started.id])
            #expect(
                try await receiver.waitForRequests(6).suffix(3).map { $0.header("webhook-replay") } == ["true", "true", "true"])
            let over = try await server.call(.post, path + "/pause")
            #expect(over.status == 409 && over.detail?.contains("over") == true)
        }
    }

    @Test("are paused, resumed and cancelled")
    func control() async throws {
        try await withDeadLetters { server, _, app, endpoint in
            let started = try await server.call(.post, endpoint + "/replay", #"{"since":"\#(Self.since)","pace":1}"#)
            let path = endpoint + "/replay/\(started.id)"
            #expect(try await server.call(.post, path + "/pause")["status"] == .string("paused"))
            #expect(try await server.call(.post, path + "/resume")["status"] == .string("running"))
            #expect(try await server.call(.post, path + "/cancel/")["status"] == .string("cancelled"))
            #expect(try await server.call(.post, path + "/resume").status == 409)
            #expect(try await server.call(.get, "/background-task/\(started.id)")["status"] == .string("failed"))
            let other = try await server.makeEndpoint(app)
            #expect(try await server.call(.get, "/app/\(app)/endpoint/\(other)/replay/\(started.id)").status == 404)
        }
    }

    @Test("are background tasks for the SDKs")
    func tasks() async throws {
        try await withDeadLetters { server, _, _, endpoint in
            let recover = try await server.call(.post, endpoint + "/recover", #"{"since":"\#(Self.since)"}"#)
            #expect(recover.status == 202 && recover["task"] == .string("endpoint.recover"))
            #expect(try recover.json.names == ["id", "status", "task", "updatedAt"])
            let missing = try await server.call(.post, endpoint + "/replay-missing", #"{"since":"\#(Self.since)"}"#)
            #expect(missing.status == 202 && missing["task"] == .string("endpoint.replay"))
            let bulk = try await server.call(
                .post, endpoint + "/bulk-replay", #"{"since":"\#(Self.since)","status":0,"eventTypes":["a"]}"#)
            #expect(bulk.status == 202 && bulk["task"] == .string("endpoint.bulk-replay"))
            try await Patience.until {
                try await server.call(.get, "/background-task?status=running").column("id").isEmpty
            }
            let list = try await server.call(.get, "/background-task?order=ascending")
            #expect(
                list.column("id") == [recover.id, missing.id, bulk.id]
                    && list.column("status") == ["finished", "finished", "finished"])
            #expect(try await server.call(.get, "/background-task?task=endpoint.recover").column("id") == [recover.id])
            let one = try await server.call(.get, "/background-task/\(recover.id)")
            #expect(one["data"]?["replayed"] == .number("3") && one["data"]?["which"] == .string("failed"))
            #expect(try await server.call(.get, "/background-task/qtask_x").status == 404)
            let stranger = try await server.token(try #require(OrganizationID("org_other")))
            #expect(try await server.call(.get, "/background-task/\(recover.id)", token: stranger).status == 404)
            #expect(try await server.call(.get, "/background-task", token: stranger).column("id") == [])
        }
    }

    @Test(
        "that can't be carried out are refused",
        arguments: [
            ("replay", #"{}"#, "body.since"), ("replay", #"{"since":"\#(since)","which":"some"}"#, "body.which"),
            ("replay", #"{"since":"\#(since)","which":"missing","rules":"as-sent"}"#, "body.rules"),
            ("replay", #"{"since":"2999-01-01T00:00:00Z"}"#, "body.since"),
            ("replay", #"{"since":"\#(since)","pace":0}"#, "body.pace"),
            ("replay", #"{"since":"\#(since)","until":"2019-01-01T00:00:00Z"}"#, "body.since"),
            ("recover", #"{"since":"yesterday"}"#, "body.since"),
            ("bulk-replay", #"{"since":"\#(since)","status":1}"#, "body.status"),
            ("bulk-replay", #"{"since":"\#(since)","statusCodeClass":503}"#, "body.statusCodeClass"),
            ("dry-run", #"{"days":91}"#, "body.days"), ("dry-run", #"{"days":1,"since":"\#(since)"}"#, "body.since"),
        ])
    func refused(operation: String, body: String, location: String) async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let id = try await server.makeEndpoint(app)
            let response = try await server.call(.post, "/app/\(app)/endpoint/\(id)/\(operation)", body)
            #expect(response.status == 422 && response.locations == [location], "\(response.text)")
        }
    }

    @Test("of a disabled endpoint are refused, and can be planned")
    func disabled() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let path = "/app/\(app)/endpoint/\(try await server.makeEndpoint(app, #""disabled":true"#))/replay"
            #expect(try await server.call(.post, path, #"{"since":"\#(Self.since)"}"#).code == "endpoint_disabled")
            #expect(try await server.call(.post, path, #"{"since":"\#(Self.since)","plan":true}"#)["count"] == .number("0"))
        }
    }

    @Test("are estimated by the slowest of pace, limit and what the endpoint does")
    func estimates() {
        func plan(_ count: Int, _ rate: Double?) -> Int? {
            ReplayPlan(counted: count, limit: 10, perSecond: rate).estimatedSeconds
        }
        #expect(plan(9, 2) == 5 && plan(0, 2) == 0 && plan(9, nil) == nil)
        #expect(ReplayPlan(counted: 9, limit: 10, perSecond: 1).countIsComplete)
        #expect(!ReplayPlan(counted: 10, limit: 10, perSecond: 1).countIsComplete)
        let slow = [AttemptTimings(total: 500_000), AttemptTimings(total: 1_500_000)]
        #expect(ReplayPlan.rate(pace: nil, .none, recent: slow, concurrency: 4) == 4)
        #expect(ReplayPlan.rate(pace: 3, .none, recent: slow, concurrency: 4) == 3)
        #expect(ReplayPlan.rate(pace: 3, .init(perMinute: 60, concurrent: 2), recent: slow, concurrency: 4) == 1)
        #expect(ReplayPlan.rate(pace: nil, .none, recent: [], concurrency: 4) == nil)
    }
}
