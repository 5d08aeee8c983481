import ArgumentParser
import Foundation
import GodwitStore
import NIOCore

/// What ends a command: one clear line on stderr and exit code 1. Wrong usage exits with 64 instead (ArgumentParser).
enum Failure {
    static func explaining<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as ExitCode {
            throw error
        } catch {
            say(error)
            throw ExitCode(1)
        }
    }

    static func say(_ error: any Error) {
        FileHandle.standardError.write(Data("godwit: \(text(of: error))\n".utf8))
    }

    private static func text(of error: any Error) -> String {
        switch error {
        case let error as IOError where error.errnoCode == EADDRINUSE:
            "the port is in use: stop what listens there, or choose another with --port"
        case let error as IOError where error.errnoCode == EACCES:
            "listening on this port is not permitted: choose one above 1023 with --port"
        case is SocketAddressError: "the host is not an address of this machine: give one with --host, like 127.0.0.1"
        default: "\(error)"
        }
    }
}
