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
    @Option var port: Int

    func run() async throws {
        guard let run = EventTemplate.RunID(text: runText) else { throw ValidationError("--run takes 16 hexadecimal digits") }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await Sink.listen(run: run, endpoints: endpoints, host: "127.0.0.1", port: port, on: group.next())
        // Nothing is ever written here: the end of the input is the end of the process that started this one, however it ended.
        while readLine() != nil {}
        try await listener.close()
        try await group.shutdownGracefully()
    }
}
