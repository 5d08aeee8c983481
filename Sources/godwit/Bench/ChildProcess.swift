import Foundation
import NIOCore
import NIOPosix

/// A process that this one started, and that this one ends.
struct ChildProcess: Sendable {
    private static let stopPatience: TimeAmount = .seconds(15)

    private let process: Process
    /// The exit status; negative for a signal.
    private let ended: EventLoopFuture<Int32>
    /// Its end is closed when this process stops the child, or ends in whatever way; a child that reads it sees that.
    private let input: Pipe

    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// - Parameters:
    ///   - environment: all of it.
    ///   - output: files that get what it prints.
    init(
        executable: URL, arguments: [String], environment: [String: String], folder: URL, output: URL, errors: URL
    ) throws {
        process = Process()
        input = Pipe()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardInput = input
        process.standardOutput = try Self.file(output)
        process.standardError = try Self.file(errors)
        let ended = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Int32.self)
        process.terminationHandler = { process in
            let status = process.terminationStatus
            ended.succeed(process.terminationReason == .uncaughtSignal ? -status : status)
        }
        do {
            try process.run()
        } catch {
            ended.fail(error)
            throw error
        }
        self.ended = ended.futureResult
    }

    private static func file(_ url: URL) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: url.path) {
            _ = FileManager.default.createFile(atPath: url.path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        return try FileHandle(forWritingTo: url)
    }

    func exitStatus() async throws -> Int32 { try await ended.get() }

    /// Asks it to end, and after a while makes it end. Returns when it has.
    func stop() async {
        let id = id
        try? input.fileHandleForWriting.close()
        if process.isRunning { kill(id, SIGTERM) }
        let impatience = ended.eventLoop.scheduleTask(in: Self.stopPatience) { [process] in
            if process.isRunning { kill(id, SIGKILL) }
        }
        _ = try? await ended.get()  // It can't fail: the process was started.
        impatience.cancel()
    }

    /// This program itself.
    static var ownExecutable: URL {
        // The path by which the program was called may be relative or a link; the kernel knows better.
        let resolved = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: resolved ?? Bundle.main.executablePath ?? CommandLine.arguments[0])
    }
}
