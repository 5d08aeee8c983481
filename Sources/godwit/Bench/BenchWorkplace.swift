import Foundation
import GodwitBench

/// A folder of its own for one run: the store, the logs, and the children that write there.
struct BenchWorkplace {
    let folder: URL
    let executable = ChildProcess.ownExecutable
    /// Nothing of the caller's settings, so that the same command measures the same everywhere.
    let environment: [String: String]
    let store: BenchStore

    /// - Parameter store: nil for a fresh file in the folder.
    init(store: BenchStore? = nil) throws {
        var random = SystemRandomNumberGenerator()
        let name = "godwit-bench-" + String(random.next(), radix: 36)
        folder = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("GODWIT_") }
        let secret = (0..<64).compactMap { _ in "0123456789abcdef".randomElement(using: &random) }
        environment["GODWIT_JWT_SECRET"] = String(secret)
        let used = store ?? .file(folder.appending(path: "bench.db"))
        self.store = used
        // Not on a command line, where every user of the machine could read a password.
        environment["GODWIT_STORE"] = used.address
        self.environment = environment
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// - Parameter number: of the server, when several share the store.
    func startServer(_ number: Int = 1, port: Int, flags: [String]) throws -> ChildProcess {
        let arguments = ["serve", "--dev", "--host", "127.0.0.1", "--port", "\(port)"]
        return try start(arguments + flags, output: "server-\(number).out", errors: serverLog(number))
    }

    func startSink(run: String, endpoints: Int, script: SinkScript, ports: [Int]) throws -> ChildProcess {
        var arguments = ["bench-sink", "--run", run, "--endpoints", "\(endpoints)"]
        for port in ports { arguments += ["--port", "\(port)"] }
        arguments += ["--apart", "\(script.apart)"]
        if script.hangs { arguments.append("--hang") }
        if script.failsFirstAttempts { arguments.append("--fail-first") }
        return try start(arguments, output: "sink.out", errors: folder.appending(path: "sink.log"))
    }

    func token() async throws -> String {
        let errors = folder.appending(path: "token.log")
        let child = try start(["token"], output: "token.out", errors: errors)
        let status = try await child.exitStatus()
        guard status == 0 else { throw BenchFailure("`godwit token` ended with \(status):\n\(Self.tail(of: errors))") }
        let text = try String(contentsOf: folder.appending(path: "token.out"), encoding: .utf8)
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func serverLogTail(_ number: Int) -> String { Self.tail(of: serverLog(number)) }

    private func serverLog(_ number: Int) -> URL { folder.appending(path: "server-\(number).log") }
    var sinkLogTail: String { Self.tail(of: folder.appending(path: "sink.log")) }

    private func start(_ arguments: [String], output: String, errors: URL) throws -> ChildProcess {
        try ChildProcess(
            executable: executable, arguments: arguments, environment: environment, folder: folder,
            output: folder.appending(path: output), errors: errors)
    }

    /// The last lines of a log.
    private static func tail(of file: URL) -> String {
        guard let data = try? Data(contentsOf: file), !data.isEmpty else { return "(it printed nothing)" }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(20).joined(separator: "\n")
    }
}

/// Why a benchmark could not be run to its end.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
