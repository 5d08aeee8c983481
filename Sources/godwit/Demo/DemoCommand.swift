import ArgumentParser
import Foundation
import GodwitCore
import GodwitEngine
import ServiceLifecycle

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "The main job on real input: starts a server, registers URLs, publishes events, shows each delivery.",
        discussion: """
            Everything happens on this machine, in a temporary store that is removed at the end. One of the two receivers fails \
            twice before it succeeds, so that a retry is seen. Exits with 0 only if every event was delivered and verified.
            """)

    func run() async throws {
        try await Failure.explaining {
            let folder = FileManager.default.temporaryDirectory.appending(path: "godwit-demo-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let settings = try ServerSettings(
                try await SettingsReader(
                    flags: [
                        "dev": "true", "port": "0", "store": "sqlite:\(folder.path)/demo.db", "log-level": "error",
                        "retry-schedule": "300ms,600ms,1s,2s",
                    ],
                    file: nil))
            let isComplete = try await Demo.run(Server(settings: settings))
            if !isComplete { throw ExitCode(1) }
        }
    }
}

/// The demo itself: a server, a receiver and a publisher that know of each other only what the API says.
enum Demo {
    private static let patience: Duration = .seconds(30)

    static func run(_ server: Server) async throws -> Bool {
        let (arrivals, arrivalSink) = AsyncStream.makeStream(of: DemoArrival.self)
        let (addresses, addressSink) = AsyncStream.makeStream(of: Server.Address.self)
        let (ports, portSink) = AsyncStream.makeStream(of: Int.self)
        let receiver = DemoReceiver(arrivals: arrivalSink)
        return try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask {
                try await server.run { addressSink.yield($0) }
                return nil
            }
            group.addTask {
                try await receiver.application { portSink.yield($0) }.run()
                return nil
            }
            group.addTask {
                try await Task.sleep(for: patience)  // The demo's own time limit; it is cancelled as soon as all has arrived.
                return false
            }
            group.addTask {
                var addresses = addresses.makeAsyncIterator()
                var ports = ports.makeAsyncIterator()
                guard let address = await addresses.next(), let port = await ports.next() else { return nil }
                var publisher = DemoPublisher(address: address, receiverURL: "http://127.0.0.1:\(port)")
                try await publisher.register(at: receiver)
                try await publisher.publish()
                return await publisher.watch(arrivals)
            }
            while let outcome = try await group.next() {
                guard let outcome else { continue }
                if !outcome { Console.say("\nNot everything arrived within \(patience.components.seconds) s.") }
                group.cancelAll()
                return outcome
            }
            return false
        }
    }
}
