import GodwitCore
import HTTPTypes
import Testing

@testable import GodwitHTTP

@Suite("Dry runs", .timeLimit(.minutes(1))) struct DryRunAPITests {
    @Test("say what an endpoint would have received, by its own filter or another")
    func run() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            for type in ["a", "b"] { try await server.makeEventType(type) }
            var ids: [String] = []
            for type in ["a", "b", "a"] {
                ids.append(try await server.publish(app, type: type, type == "b" ? #""channels":["c"]"# : ""))
            }
            let id = try await server.makeEndpoint(app, #""eventTypes":["a"]"#)
            ids.append(try await server.publish(app, type: "a"))
            let path = "/app/\(app)/endpoint/\(id)/dry-run"
            let own = try await server.call(.post, path)
            #expect(own.status == 200 && own["messagesLookedAt"] == .number("4") && own["complete"] == .bool(true))
            #expect(own["wouldReceive"] == .number("3") && own["received"] == .number("1"))
            #expect(own["byEventType"] == .object([.init("a", .number("3"))]))
            #expect(own["sample"]?.items.compactMap(\.string) == [ids[3], ids[2], ids[0]])
            let all = try await server.call(.post, path, #"{"eventTypes":null,"days":1}"#)
            #expect(all["wouldReceive"] == .number("4"))
            let channel = try await server.call(
                .post, path, #"{"eventTypes":[],"channels":["c"],"since":"2020-01-01T00:00:00Z"}"#)
            #expect(
                channel["sample"]?.items.compactMap(\.string) == [ids[1]]
                    && channel["since"] == .string("2020-01-01T00:00:00.000Z"))
        }
    }

    @Test("name twenty messages and count the rest")
    func sample() throws {
        var run = DryRun(eventTypes: nil, channels: nil)
        let messages = (1...21).map { key in
            Message(
                id: MessageID(key: key, nonce: .init(high: 0, low: 0)), application: 1, eventType: "a", payload: [],
                createdAt: Instant(millisecondsSince1970: 0), payloadExpiresAt: Instant(millisecondsSince1970: 1))
        }
        try run.look(at: Array(messages[..<20])) { _ in false }
        #expect(run.sample.count == 20)
        try run.look(at: [messages[20]]) { _ in true }
        #expect(run.sample == messages[..<20].map(\.id) && run.wouldReceive == 21 && run.received == 1)
    }
}
