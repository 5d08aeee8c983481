import ArgumentParser
import GodwitBench
import NIOCore
import NIOPosix

/// The receiver of `godwit bench`, a process of its own so that its CPU time is seen apart.
struct BenchSinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-sink", abstract: "The receiver that `godwit bench` starts for itself.", shouldDisplay: false)

    @Option(name: .customLong("run"), help: "The run whose deliveries count: 16 hexadecimal digits.") var runText: String
    @Option var endpoints: Int
    @Option(help: "Of the first so many endpoints only the attempts are counted.") var apart = 0
    @Flag(help: "Those never answer.") var hang = false
    @Flag(help: "Most first attempts are answered with 500.") var failFirst = false
    @Option(help: "Given again, it listens on that one, too.") var port: [Int]

    func run() async throws {
        guard let run = EventTemplate.RunID(text: runText) else { throw ValidationError("--run takes 16 hexadecimal digits") }
        FileLimit.raise()  // Requests that are never answered keep their connections.
        let script = SinkScript(apart: apart, hangs: hang, failsFirstAttempts: failFirst)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listeners = try await Sink.listen(
            run: run, endpoints: endpoints, script: script, host: "127.0.0.1", ports: port, on: group.next())
        // Nothing is ever written here: the end of the input is the end of the process that started this one, however it ended.
        while readLine() != nil {}
        for listener in listeners { try await listener.close() }
        try await group.shutdownGracefully()
    }
}
