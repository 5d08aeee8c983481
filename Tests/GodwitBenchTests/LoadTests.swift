import GodwitBench
import NIOCore
import NIOPosix
import Testing

struct LoadTests {
    private func run(
        events: Int, connections: Int = 4, pace: LoadSchedule.Pace = .unpaced, paths: [String] = ["/api/v1/app/app_1/msg"],
        script: @escaping @Sendable (ScriptedServer.Publish) -> ScriptedServer.Reaction
    ) async throws -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let listener = try await ScriptedServer.listen(on: group, script: script)
        let target = LoadTarget(
            host: "127.0.0.1", ports: [listener.localAddress?.port ?? 0], paths: paths, token: "t",
            run: EventTemplate.RunID(rawValue: 1), payloadBytes: 512)
        let plan = LoadPlan(connections: connections, pace: pace, warmUp: .zero, length: .events(events))
        let outcome = await Result(catching: { try await Load(target: target, plan: plan, on: group.next()).run() })
        try await listener.close()
        try await group.shutdownGracefully()
        return try outcome.get()
    }

    @Test("counts every accepted event once, and its latency", arguments: [1, 4, 50])
    func accepted(connections: Int) async throws {
        let result = try await run(events: 1000, connections: connections) { _ in .answer(ScriptedServer.accepted) }
        #expect(result.accepted.count == 1000 && result.measuredAccepted == 1000 && result.latencies.count == 1000)
        #expect(result.unanswered == 0 && result.refused.isEmpty && result.overloaded == 0)
    }

    @Test("understands an answer that comes in two parts, cut anywhere", arguments: [1, 12, 40, 78, 79, 80])
    func partial(cut: Int) async throws {
        let result = try await run(events: 20) { _ in .answerInTwo(ScriptedServer.accepted, cut: cut) }
        #expect(result.accepted.count == 20)
    }

    @Test("takes the paths in turn, by the number of the event")
    func paths() async throws {
        let paths = ["/app/1", "/app/2", "/app/3"]
        let result = try await run(events: 30, paths: paths) { publish in
            switch publish.path {
            case "app/1", "app/3": .answer(ScriptedServer.accepted)
            case "app/2": .answer("HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 0\r\n\r\n")
            default: .hangUp
            }
        }
        #expect(result.refused == [422: 10] && result.unanswered == 0)
        #expect(result.accepted.count(each: 3, from: 0) == 10 && result.accepted.count(each: 3, from: 1) == 0)
    }

    @Test("keeps the wanted pace")
    func paced() async throws {
        let result = try await run(events: 200, pace: .perSecond(1000)) { _ in .answer(ScriptedServer.accepted) }
        let seconds = Double(result.lastAcceptedAt - result.measuredFrom) / 1e9
        #expect(result.accepted.count == 200 && seconds >= 0.199)
    }

    @Test("sends again after 429, and the latency counts from the first time")
    func overloaded() async throws {
        let result = try await run(events: 10) {
            $0.number == 3 ? .answer(ScriptedServer.overloaded) : .answer(ScriptedServer.accepted)
        }
        #expect(result.accepted.count == 10 && result.overloaded == 1)
        #expect(try #require(result.latencies.summary).max >= 1_000_000)
    }

    @Test("counts refusals by status and keeps the first text")
    func refused() async throws {
        let refusal = "HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 12\r\n\r\n{\"detail\":1}"
        let result = try await run(events: 10) { $0.number % 5 == 0 ? .answer(refusal) : .answer(ScriptedServer.accepted) }
        #expect(result.accepted.count == 8 && result.refused == [422: 2] && result.firstRefusal == #"{"detail":1}"#)
    }

    @Test("connects again when the server hangs up, and doesn't count the event as accepted")
    func hangUp() async throws {
        let result = try await run(events: 50) { $0.number % 10 == 0 ? .hangUp : .answer(ScriptedServer.accepted) }
        #expect(result.accepted.count == 45 && result.unanswered == 5)
    }

    @Test(
        "fails on answers that it doesn't understand",
        arguments: [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ScriptedServer.accepted + ScriptedServer.accepted,
            "what?\r\n\r\n",
        ])
    func misunderstood(answer: String) async {
        await #expect(throws: LoadError.self) { try await run(events: 10) { _ in .answer(answer) } }
    }

    @Test("ends when its task is cancelled, even while the server is silent")
    func cancelled() async throws {
        let (publishes, seen) = AsyncStream.makeStream(of: Int.self)
        let task = Task {
            try await run(events: 10) { publish in
                seen.yield(publish.number)
                return .silence
            }
        }
        for await _ in publishes { break }
        task.cancel()
        await #expect(throws: LoadError.self) { try await task.value }
    }

    @Test("fails when nothing listens")
    func nobody() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ScriptedServer.listen(on: group) { _ in .silence }
        let port = listener.localAddress?.port ?? 0
        try await listener.close()
        let target = LoadTarget(
            host: "127.0.0.1", ports: [port], paths: ["/"], token: "t", run: EventTemplate.RunID(rawValue: 1), payloadBytes: 512
        )
        let plan = LoadPlan(connections: 30, pace: .unpaced, warmUp: .zero, length: .events(1))
        await #expect(throws: LoadError.self) { try await Load(target: target, plan: plan, on: group.next()).run() }
        try await group.shutdownGracefully()
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
