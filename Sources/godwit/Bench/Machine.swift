import Foundation
import GodwitBench
import NIOCore
import NIOPosix

/// What the benchmark asks the machine about.
enum Machine {
    static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    static var processor: String {
        let lines = text(ofFile: "/proc/cpuinfo")?.split(separator: "\n") ?? []
        guard let line = lines.first(where: { $0.hasPrefix("model name") }), let colon = line.firstIndex(of: ":") else {
            return "unknown processor"
        }
        return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }

    /// nil where there is no /proc, or no such process any more.
    static func usage(of process: Int32) -> ProcessUsage? {
        guard let stat = text(ofFile: "/proc/\(process)/stat"), let status = text(ofFile: "/proc/\(process)/status") else {
            return nil
        }
        return ProcessUsage(stat: stat, status: status, ticksPerSecond: Int(sysconf(Int32(_SC_CLK_TCK))))
    }

    /// CPU time so far, in microseconds, of the whole database server that the process belongs to: all sessions, also those that
    /// ended, and what runs beside them.
    ///
    /// - Parameters:
    ///   - backend: one of its processes, as it knows itself. It may be on another machine, where numbers mean something else.
    ///   - database: that it is connected to, which its title on this machine says.
    /// - Returns: nil when it isn't on this machine.
    static func serverCPU(ofBackend backend: Int32, database: String) -> Int? {
        guard text(ofFile: "/proc/\(backend)/cmdline")?.contains(database) == true, let leader = times(of: backend)?.parent,
            let own = times(of: leader), let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
        else { return nil }
        return names.compactMap { Int32($0) }.reduce(own.cpuMicroseconds) { sum, process in
            guard let times = times(of: process), times.parent == leader else { return sum }
            return sum + times.cpuMicroseconds
        }
    }

    private static func times(of process: Int32) -> ProcessTimes? {
        text(ofFile: "/proc/\(process)/stat").flatMap {
            ProcessTimes(stat: $0, ticksPerSecond: Int(sysconf(Int32(_SC_CLK_TCK))))
        }
    }

    /// Of the file and its write-ahead log.
    static func databaseBytes(_ file: URL) -> Int {
        [file.path, file.path + "-wal"].reduce(0) { sum, path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return sum + ((attributes?[.size] as? Int) ?? 0)
        }
    }

    /// A port that was free a moment ago.
    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }

    /// Lets time pass; ends early, with an error, when the task is cancelled.
    static func pause(_ amount: TimeAmount) async throws {
        let timer = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: amount) {}
        try await withTaskCancellationHandler {
            try await timer.futureResult.get()
        } onCancel: {
            timer.cancel()
        }
    }

    /// Files of /proc have no size, so they are read to their end.
    private static func text(ofFile path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
