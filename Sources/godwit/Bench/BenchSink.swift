import GodwitBench
import GodwitCore
import NIOCore

/// Our sink, in its own process, and what it tells.
struct BenchSink {
    let client: LocalClient
    let child: ChildProcess
    let layout: EndpointLayout
    let script: SinkScript
    /// Endpoints that are set apart have a receiver of their own, so that they share no host with those that are measured.
    private let apartPort: Int

    static func start(
        _ workplace: BenchWorkplace, run: EventTemplate.RunID, layout: EndpointLayout, script: SinkScript
    ) async throws -> BenchSink {
        let (port, apartPort) = (try await Machine.freePort(), try await Machine.freePort())
        let child = try workplace.startSink(
            run: run.text, endpoints: layout.endpoints, script: script, ports: [port, apartPort])
        let client = LocalClient(host: "127.0.0.1", port: port)
        let sink = BenchSink(client: client, child: child, layout: layout, script: script, apartPort: apartPort)
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

    var urls: [String] {
        (0..<layout.endpoints).map { "http://127.0.0.1:\($0 < layout.apart ? apartPort : client.port)/\($0)" }
    }

    func counts() async throws -> SinkReport { try await report("counts") }

    /// With latencies.
    func report() async throws -> SinkReport { try await report("report") }

    /// How many deliveries of these events have not arrived.
    func countMissing(of accepted: SequenceSet) async throws -> Int {
        var missing = 0
        for endpoint in layout.measured {
            let arrived = SequenceSet(bytes: try await get("received/\(endpoint)"))
            missing += layout.countMissing(of: accepted, at: endpoint, in: arrived)
        }
        return missing
    }

    /// Waits until all of these have arrived, or nothing arrives any more.
    func awaitArrival(of accepted: SequenceSet, while isServerRunning: () -> Bool) async throws -> Arrivals {
        let expected = layout.deliveries(of: accepted)
        var delivered = -1
        var deadline = NIODeadline.now()
        while true {
            let now = try await counts().delivered
            if now >= expected, try await countMissing(of: accepted) == 0 { return Arrivals(expected: expected, missing: 0) }
            if now != delivered { deadline = .now() + TimeAmount(Limits.benchmarkSilence) }
            delivered = now
            guard NIODeadline.now() < deadline, isServerRunning() else {
                return Arrivals(expected: expected, missing: try await countMissing(of: accepted))
            }
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
