import Foundation
import GodwitCore
import GodwitEngine
import GodwitListen
import NIOCore

/// One run of `godwit listen`.
struct Listening: Sendable {
    let settings: ListenSettings
    let keyboard: Keyboard?

    private enum End { case over, enough, timeout, quit }

    /// - Returns: the exit code.
    func run() async throws -> Int32 {
        let station = try await station()
        let end = try await withThrowingTaskGroup(of: End.self) { group in
            let (done, doneSink) = AsyncStream.makeStream(of: Void.self)
            group.addTask { try await work(station) { doneSink.yield() } }
            group.addTask {
                for await _ in done { return .enough }
                try await Machine.pause(.hours(24 * 365))  // Cancelled: another end came first.
                return .over
            }
            if let timeout = settings.timeout {
                group.addTask {
                    try await Machine.pause(TimeAmount(timeout))
                    return .timeout
                }
            }
            if let keyboard { group.addTask { try await obey(keyboard, station) } }
            defer { group.cancelAll() }
            return try await group.next() ?? .over
        }
        try Task.checkCancellation()  // By Ctrl-C: a receiver's port closes as if all were well.
        let (tally, isDone) = (await station.tally, await station.isDone)
        if end == .timeout, settings.exitAfter != nil, !isDone {
            ListenNote.say("Only \(tally.count) of \(settings.exitAfter ?? 0) events came in time.")
            return 2
        }
        return tally.bad == 0 ? 0 : 1
    }

    private func station() async throws -> ListenStation {
        var secrets = settings.secrets
        if secrets.isEmpty, case .feed(let client, _, _, _) = settings.source { secrets = [try await client.secret()] }
        return ListenStation(
            keys: try ListenKeys(secrets), rules: settings.rules, client: try OutgoingClient(limit: settings.forwardLimit),
            writesJSON: settings.writesJSON, recording: try settings.record.map(Self.open), exitAfter: settings.exitAfter)
    }

    private static func open(_ path: String) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: path) {
            // Bodies of customers: for nobody else.
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let handle = FileHandle(forWritingAtPath: path), (try? handle.seekToEnd()) != nil else {
            throw ListenFile.Problem(description: "\(path) can't be written")
        }
        return handle
    }

    private func obey(_ keyboard: Keyboard, _ station: ListenStation) async throws -> End {
        ListenNote.say("r retry · d details · o open · q quit")
        for await key in keyboard.keys {
            switch key {
            case "r": try await station.retry()
            case "d": await station.showDetails()
            case "o": try await station.open()
            case "q": return .quit
            default: break
            }
        }
        try await Machine.pause(.hours(24 * 365))  // The terminal went; the events go on.
        return .quit
    }

    // MARK: Sources

    private func work(_ station: ListenStation, _ done: @escaping @Sendable () -> Void) async throws -> End {
        switch settings.source {
        case .cassette(let events):
            for event in events {
                _ = try await station.handle(event, isReplayed: true)
                if await station.isDone { break }
            }
            return .over
        case .port(let host, let port):
            let server = try await ListenServer.start(host: host, port: port) { event in
                do {
                    return try await station.handle(event).responseStatus
                } catch {
                    Failure.say(error)  // The disk, most likely: its sender shall try again.
                    return 503
                }
            } sent: {
                Task { if await station.isDone { done() } }
            }
            ListenNote.say("Listening on http://\(host.contains(":") ? "[\(host)]" : host):\(server.port)")
            if settings.secrets.isEmpty { ListenNote.say("No --secret: events are not verified.") }
            try await server.run()
            return .over
        case .feed(let client, let after, let cursor, let holds):
            return try await follow(client, from: after, cursor, holds, station)
        }
    }

    private func follow(
        _ client: FeedClient, from after: UInt64?, _ cursor: CursorFile, _ holds: Bool, _ station: ListenStation
    ) async throws -> End {
        let start: UInt64
        if let after {
            start = after
            ListenNote.say("Following \(client.name) at \(client.address) after \(start).")
        } else if let known = try cursor.read() {
            start = known.after
            let missed = try await client.head().subtractingReportingOverflow(start)
            let events =
                missed.overflow || missed.partialValue == 0
                ? "nothing was missed" : "\(missed.partialValue) missed events come first"
            ListenNote.say("Following \(client.name) at \(client.address) from where it stopped, after \(start): \(events).")
        } else {
            start = try await client.head()
            try cursor.write(after: start)
            ListenNote.say("Following \(client.name) at \(client.address) from now on, after \(start). All of it: --after 0.")
        }
        let follower = FeedFollower(client: client, follows: true, say: { FeedWatch.say($0, client.address) })
        _ = try await follower.run(after: start) { page in
            for item in page.items {
                if let gone = item.gone {
                    ListenNote.say("#\(item.sequence)  \(item.id)  is gone: \(gone)")
                } else {
                    try await take(ListenEvent(item, at: .now), holds, station)
                }
                try cursor.write(after: item.sequence)
                if await station.isDone { return false }
            }
            return true
        }
        return .enough
    }

    /// Holding on to an event means that those behind it wait, too: their order stays.
    private func take(_ event: ListenEvent, _ holds: Bool, _ station: ListenStation) async throws {
        var handled = try await station.handle(event)
        var pause = TimeAmount.milliseconds(500)
        while holds, !handled.forwards.allSatisfy(\.isAccepted) {
            try await Machine.pause(pause)
            pause = min(pause * 2, .seconds(10))
            handled = try await station.handle(event, isRetry: true)
        }
    }
}
