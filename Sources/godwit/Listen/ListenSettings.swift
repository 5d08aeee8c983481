import ArgumentParser
import Foundation
import GodwitCore
import GodwitListen

/// What a run of `godwit listen` is made with, from the command line and the file.
struct ListenSettings: Sendable {
    enum Source: Sendable {
        case port(host: String, port: Int)
        case feed(FeedClient, after: UInt64?, cursor: CursorFile, holds: Bool)
        case cassette([ListenEvent])
    }

    let source: Source
    let secrets: [String]
    let rules: [ForwardRule]
    let forwardLimit: Duration
    let record: String?
    let exitAfter: Int?
    let timeout: Duration?
    let writesJSON: Bool

    static func forwardLimit(_ text: String?) throws -> Duration {
        guard let span = Duration(parsing: text ?? "15s"), Limits.checkAnswer.contains(span) else {
            throw ArgumentParser.ValidationError("--forward-timeout takes a span of 100ms to 60s, not '\(text ?? "")'")
        }
        return span
    }
}

extension ListenOptions {
    func settings() async throws -> ListenSettings {
        let file = try await ListenFile(config)
        let rules = forward.isEmpty ? try await file.list("forward") : forward
        let timeout = try await text(self.timeout, "timeout", file).map {
            try BenchOption.span($0, from: .seconds(1), "timeout")
        }
        let exitAfter = try await number(self.exitAfter, "exit-after", 1...Int.max, file)
        let output = try await text(self.output?.rawValue, "output", file) ?? "table"
        guard let output = APIFlags.Output(rawValue: output) else { throw Self.bad("output", output) }
        let secrets = secret.isEmpty ? try await file.list("secret") : secret
        let given = try (secrets.isEmpty ? [ProcessInfo.processInfo.environment[SecretOption.variable] ?? ""] : secrets)
            .filter { !$0.isEmpty }.map {
                String(decoding: try FileArgument.bytes($0), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            }
        return ListenSettings(
            source: try await source(file), secrets: given, rules: try rules.map { try ForwardRule($0) },
            forwardLimit: try ListenSettings.forwardLimit(try await text(forwardTimeout, "forward-timeout", file)),
            record: replay == nil ? try await text(record, "record", file) : nil, exitAfter: exitAfter, timeout: timeout,
            writesJSON: output == .json)
    }

    private func source(_ file: ListenFile) async throws -> ListenSettings.Source {
        if let replay {
            guard let data = FileManager.default.contents(atPath: replay) else {
                throw ListenFile.Problem(description: "\(replay) can't be read")
            }
            guard data.count <= Limits.cassetteBytes else {
                throw ListenFile.Problem(description: "\(replay) has more than \(Limits.cassetteBytes) bytes")
            }
            do throws(ListenEvent.NotRecorded) {
                return .cassette(try ListenEvent.cassette(Array(data)))
            } catch {
                throw ListenFile.Problem(description: "\(replay): \(error)")
            }
        }
        // A port on the command line means a receiver, whatever the file says of a feed.
        let isReceiver = port != nil || host != nil
        let app = isReceiver ? nil : try await name(self.app, "app", file)
        let endpoint = isReceiver ? nil : try await name(self.endpoint, "endpoint", file)
        guard let app, let endpoint else {
            guard app == nil, endpoint == nil else { throw ListenFile.Problem(description: "give app and endpoint together") }
            return .port(
                host: try await text(host, "host", file) ?? "127.0.0.1",
                port: try await number(port, "port", 0...65_535, file) ?? 9000)
        }
        let api = try APIFlags.client(server: try await text(server, "server", file), token: token)
        let client = FeedClient(api, app: app, endpoint: endpoint)
        let after = try await number(self.after.map(Int.init), "after", 0...Int.max, file).map(UInt64.init)
        let path = try await text(cursor, "cursor", file) ?? Self.standardCursor(app, endpoint)
        let held = try await file.text("hold") ?? "false"
        guard let held = Bool(held) else { throw Self.bad("hold", held) }
        let holds = hold || held
        return .feed(client, after: after, cursor: CursorFile(path: path, feed: client.name), holds: holds)
    }

    /// Where the XDG Base Directory Specification keeps what outlives a run and is nobody's setting.
    private static func standardCursor(_ app: APIName, _ endpoint: APIName) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let state = environment["XDG_STATE_HOME"].map { URL(fileURLWithPath: $0) }
        let home = FileManager.default.homeDirectoryForCurrentUser.appending(path: ".local/state")
        let folder = (state ?? home).appending(path: "godwit")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw ListenFile.Problem(description: "\(folder.path) can't be made; say with --cursor where to remember the place")
        }
        return folder.appending(path: "listen-\(app.text)-\(endpoint.text).json").path
    }

    private func text(_ given: String?, _ name: String, _ file: ListenFile) async throws -> String? {
        if let given { given } else { try await file.text(name) }
    }

    private func name(_ given: APIName?, _ name: String, _ file: ListenFile) async throws -> APIName? {
        if let given { return given }
        return try await file.text(name).map { text in
            guard let name = APIName(argument: text) else { throw Self.bad(name, text) }
            return name
        }
    }

    private func number(_ given: Int?, _ name: String, _ range: ClosedRange<Int>, _ file: ListenFile) async throws -> Int? {
        if let given { return given }
        return try await file.text(name).map { text in
            guard let number = Int(text), range.contains(number) else { throw Self.bad(name, text) }
            return number
        }
    }

    private static func bad(_ name: String, _ text: String) -> ListenFile.Problem {
        ListenFile.Problem(description: "'\(text)' is nothing for \(name)")
    }
}
