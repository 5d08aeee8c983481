import ArgumentParser
import Foundation
import GodwitCheck
import GodwitCore
import GodwitEngine
import GodwitSignature

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Find out whether a receiver of webhooks is right.",
        discussion: """
            Sends valid webhooks, forgeries, duplicates and more to the URL, and says for each case what came back and what to do \
            about it. Run it against a receiver of development or staging: the valid ones have the effects that they would have. \
            Docs/check.md has all cases. Exits with 0 when everything passed, with 1 when not, with 64 for wrong usage.
            """)

    @Argument(help: "The receiver: http:// or https://. With --app and --endpoint it may be left out.") var url: String?
    @Option(help: "The endpoint's secret: whsec_… or whsk_…, or @FILE. GODWIT_SECRET says it too.") var secret: String?
    @Option(help: "The application whose endpoint is asked for its URL and secret.") var app: APIName?
    @Option(help: "The endpoint.") var endpoint: APIName?
    @Option(help: "The server: http://host:port. GODWIT_SERVER says it too.") var server: String?
    @Option(help: "A bearer token. Better in GODWIT_TOKEN.") var token: String?
    @Option(help: "How long an answer may take: 100ms to 60s.") var limit = "15s"
    @Option(help: "The receiver's tolerance for timestamps in seconds.") var tolerance = 300
    @Option(help: "Bytes of the large body.") var largeBytes = 256 * 1024
    @Option(help: "Duplicates at the same moment.") var concurrency = 8
    @Option(help: "The type of the events that are sent.") var eventType = "godwit.check"
    @Option(help: "A JSON object that your receiver understands, or @FILE; every event is built on it.") var payload: String?
    @Option(help: "A URL that answers with the number of effects of an event; {id} stands for the webhook-id.") var effects:
        String?
    @Flag(help: "Trust any certificate: for receivers on your own machine.") var insecure = false
    @Option(help: "table, for people, or json.") var output = APIFlags.Output.table
    @Option(help: "Write JUnit XML to this file.") var junit: String?
    @Option(help: "Write a badge, an SVG, to this file.") var badge: String?

    func validate() throws {
        if let url { _ = try target(url) }
        if (app == nil) != (endpoint == nil) { throw ArgumentParser.ValidationError("give --app and --endpoint together") }
        if url == nil, app == nil {
            throw ArgumentParser.ValidationError("give the URL of the receiver, or --app and --endpoint")
        }
        if app == nil, server != nil || token != nil {
            throw ArgumentParser.ValidationError("--server and --token need --app and --endpoint")
        }
        if let effects, !effects.contains("{id}") || (try? WebhookURL(effects.replacing("{id}", with: "id"))) == nil {
            throw ArgumentParser.ValidationError("--effects takes a URL with {id} in it, not '\(effects)'")
        }
        guard let limit = Duration(parsing: limit), Limits.checkAnswer.contains(limit) else {
            throw ArgumentParser.ValidationError("--limit takes a span of 100ms to 60s, not '\(self.limit)'")
        }
        _ = try BenchOption.check(tolerance, in: Limits.checkToleranceSeconds, "tolerance")
        _ = try BenchOption.check(largeBytes, in: Limits.checkLargeBytes, "large-bytes")
        _ = try BenchOption.check(concurrency, in: Limits.checkConcurrency, "concurrency")
        if app == nil || secret != nil { _ = try SecretOption.read(secret) }
        _ = try members()
    }

    func run() async throws {
        FileLimit.raise()
        let report = try await Failure.explaining {
            let (url, secret) = try await receiver()
            let settings = try CheckSettings(
                secret: secret, stranger: SigningSecret.generate(secret.kind), payload: members(),
                toleranceSeconds: Int64(tolerance), largeBytes: largeBytes, concurrency: concurrency,
                limit: Duration(parsing: limit) ?? .seconds(15))
            let run = String(UInt32.random(in: .min ... .max), radix: 36)
            let client = try OutgoingClient(limit: settings.limit, trustsAnyCertificate: insecure)
            let check = CheckRun(url: url, settings: settings, client: client, effectsURL: effects, run: run)
            let report = try await check.report()
            if let junit { try Self.write(report.junit, to: junit) }
            if let badge { try Self.write(report.badge, to: badge) }
            return report
        }
        switch output {
        case .table: print(report.table, terminator: "")
        case .json: print(String(decoding: JSONWriter.write(report), as: UTF8.self))
        }
        if !report.isPassed { throw ExitCode(1) }
    }

    /// What isn't given is asked of the server.
    private func receiver() async throws -> (WebhookURL, SigningSecret) {
        guard let app, let endpoint else {
            return (try target(url ?? ""), try SecretOption.read(secret))
        }
        let client = try APIFlags.client(server: server, token: token)
        let path = "/app/\(app.text)/endpoint/\(endpoint.text)"
        let address =
            if let url { url } else { try await client.call("GET", path).value["url"]?.text ?? "" }
        if let secret { return (try target(address), try SecretOption.read(secret)) }
        let key = try await client.call("GET", path + "/secret").value["key"]?.text ?? ""
        return (try target(address), try SigningSecret(key))
    }

    private func target(_ text: String) throws -> WebhookURL {
        do throws(WebhookURLError) {
            return try WebhookURL(text)
        } catch {
            throw ArgumentParser.ValidationError("'\(text)' is not the URL of a receiver: \(error)")
        }
    }

    private func members() throws -> [JSONValue.Member] {
        guard let payload else {
            return [
                JSONValue.Member("type", .string(eventType)),
                JSONValue.Member("timestamp", .string(RFC3339.format(.now))),
                JSONValue.Member("data", .object([])),
            ]
        }
        let bytes = try FileArgument.bytes(payload)
        guard bytes.count <= Limits.checkPayloadBytes, case .object(let members)? = try? JSONValue.parse(bytes) else {
            throw ArgumentParser.ValidationError("--payload takes a JSON object of up to \(Limits.checkPayloadBytes) bytes")
        }
        return members
    }

    private static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw UnwritableFile(path: path)
        }
    }

    private struct UnwritableFile: Error, CustomStringConvertible {
        let path: String

        var description: String { "\(path) can't be written" }
    }
}

/// The secret of an endpoint, as an option, a file or a variable gives it.
enum SecretOption {
    static let variable = "GODWIT_SECRET"

    static func read(_ option: String?) throws -> SigningSecret {
        guard let given = option ?? ProcessInfo.processInfo.environment[variable], !given.isEmpty else {
            throw ArgumentParser.ValidationError("give the endpoint's secret with --secret or \(variable)")
        }
        let text = String(decoding: try FileArgument.bytes(given), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
        do throws(SigningSecretError) {
            return try SigningSecret(text)
        } catch {
            throw ArgumentParser.ValidationError("the secret is not one: \(error)")
        }
    }
}

/// An argument that is text, or the name of a file after `@`.
enum FileArgument {
    static func bytes(_ argument: String) throws -> [UInt8] {
        guard argument.hasPrefix("@") else { return Array(argument.utf8) }
        let path = String(argument.dropFirst())
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ArgumentParser.ValidationError("\(path) can't be read")
        }
        return Array(data)
    }
}
