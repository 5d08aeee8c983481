import GodwitBench
import GodwitCore
import NIOCore

/// Our sink, in its own process, and what it tells.
struct BenchSink {
    let client: LocalClient
    let child: ChildProcess
    let endpoints: Int

    static func start(_ workplace: BenchWorkplace, run: EventTemplate.RunID, endpoints: Int) async throws -> BenchSink {
        let port = try await Machine.freePort()
        let child = try workplace.startSink(run: run.text, endpoints: endpoints, port: port)
        let sink = BenchSink(client: LocalClient(host: "127.0.0.1", port: port), child: child, endpoints: endpoints)
        do {
            for _ in 0..<200 {
                if let answer = try? await sink.client.request("GET", "/counts"), answer.status == 200 { return sink }
                guard child.isRunning else { break }
                try await Machine.pause(.milliseconds(25))
            }
            throw BenchFailure("the sink does not start. Its last lines:\n\(workplace.sinkLogTail)")
        } catch {
            await child.stop()
            throw error
        }
    }

    var urls: [String] { (0..<endpoints).map { "http://127.0.0.1:\(client.port)/\($0)" } }

    func counts() async throws -> SinkReport { try await report("counts") }

    /// With latencies.
    func report() async throws -> SinkReport { try await report("report") }

    /// How many deliveries of these events have not arrived.
    func countMissing(of accepted: SequenceSet) async throws -> Int {
        var missing = 0
        for endpoint in 0..<endpoints {
            missing += accepted.countMissing(in: SequenceSet(bytes: try await get("received/\(endpoint)")))
        }
        return missing
    }

    /// Waits until all of these have arrived, or nothing arrives any more.
    /// - Returns: how many deliveries are missing.
    func awaitArrival(of accepted: SequenceSet, while isServerRunning: () -> Bool) async throws -> Int {
        var delivered = -1
        var deadline = NIODeadline.now()
        while true {
            let now = try await counts().delivered
            if now >= accepted.count * endpoints, try await countMissing(of: accepted) == 0 { return 0 }
            if now != delivered { deadline = .now() + TimeAmount(Limits.benchmarkSilence) }
            delivered = now
            guard NIODeadline.now() < deadline, isServerRunning() else { return try await countMissing(of: accepted) }
            try await Machine.pause(.milliseconds(20))
        }
    }

    private func report(_ path: String) async throws -> SinkReport {
        guard let report = SinkReport(try JSONValue.parse(try await get(path))) else {
            throw BenchFailure("the sink's \(path) is not understood")
        }
        return report
    }

    private func get(_ path: String) async throws -> [UInt8] {
        let answer = try await client.request("GET", "/\(path)")
        guard answer.status == 200 else { throw BenchFailure("the sink answered \(path) with \(answer.status)") }
        return answer.body
    }
}
