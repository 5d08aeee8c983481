import ArgumentParser
import GodwitCore

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Send messages of the past to one endpoint once more, or watch over that.",
        discussion: """
            With --since a replay begins, or with --plan as well it is only counted. The others show or change replays that there \
            are. Docs/replay.md says what is replayed. Exits with 0, with 1 when the server refuses or doesn't answer or a replay \
            that was waited for was cancelled, with 64 for wrong usage.
            """)

    @Argument(help: "The application: identifier or uid.") var app: APIName
    @Argument(help: "The endpoint: identifier or uid.") var endpoint: APIName
    @Option(help: "Messages published since then: RFC 3339, or a span before now, like 2h or 3d.") var since: String?
    @Option(help: "And until then; now if not given.") var until: String?
    @Option(help: "dead-letters, failed, missing, delivered or all.") var which = "dead-letters"
    @Option(help: "as-sent, or today: the endpoint's event types and channels of today decide.") var rules: String?
    @Option(name: .customLong("event-type"), help: "Only of this type; may be given several times.") var eventTypes: [String] =
        []
    @Option(help: "Only in this channel.") var channel: String?
    @Option(help: "Only with this tag.") var tag: String?
    @Option(help: "Messages per second.") var pace: Int?
    @Flag(help: "Count only, and start nothing.") var plan = false
    @Flag(help: "Return when the replay is over.") var wait = false
    @Flag(help: "List the endpoint's replays.") var list = false
    @Option(help: "Pause this replay.") var pause: APIName?
    @Option(help: "Resume this replay.") var resume: APIName?
    @Option(help: "Cancel this replay.") var cancel: APIName?
    @OptionGroup var api: APIFlags

    func validate() throws {
        let asked = [since != nil, list, pause != nil, resume != nil, cancel != nil].filter(\.self).count
        guard asked == 1 else { throw ValidationError("give exactly one of --since, --list, --pause, --resume and --cancel") }
        if plan, wait { throw ValidationError("a plan starts nothing to wait for: give either --plan or --wait") }
        if since == nil, plan || wait { throw ValidationError("--plan and --wait belong to --since") }
        for text in [since, until].compactMap(\.self) where Self.instant(text, now: .now) == nil {
            throw ValidationError("'\(text)' is neither a time like 2026-11-24T10:20:30Z nor a span like 2h or 3d")
        }
    }

    func run() async throws {
        let client = try api.client()
        let path = "/app/\(app.text)/endpoint/\(endpoint.text)/replay"
        let answer = try await Failure.explaining {
            if list { return try await client.call("GET", path) }
            for (id, change) in [(pause, "pause"), (resume, "resume"), (cancel, "cancel")] {
                if let id { return try await client.call("POST", "\(path)/\(id.text)/\(change)") }
            }
            let started = try await client.call("POST", path, request(now: .now))
            return wait ? try await end(of: started, path, client) : started
        }
        api.show(answer, Self.table)
        if wait, answer.value["status"]?.text != "finished" { throw ExitCode(1) }
    }

    private func end(of started: APIClient.Answer, _ path: String, _ client: APIClient) async throws -> APIClient.Answer {
        var latest = started
        while let status = latest.value["status"]?.text, status == "running" || status == "paused" {
            // Nothing tells when a replay ends: it is asked, seldom enough to cost nothing.
            try await Task.sleep(for: .milliseconds(500))
            latest = try await client.call("GET", "\(path)/\(started.value["id"]?.text ?? "")")
        }
        return latest
    }

    private func request(now: Instant) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("since", ifPresent: since.flatMap { Self.instant($0, now: now) })
            writer.field("until", ifPresent: until.flatMap { Self.instant($0, now: now) })
            writer.field("which", which)
            writer.field("rules", ifPresent: rules)
            writer.field("eventTypes", ifPresent: eventTypes.isEmpty ? nil : eventTypes)
            writer.field("channel", ifPresent: channel)
            writer.field("tag", ifPresent: tag)
            writer.field("pace", ifPresent: pace)
            writer.field("plan", ifPresent: plan ? true : nil)
        }
        return writer.finish()
    }

    private static func instant(_ text: String, now: Instant) -> Instant? {
        if let span = Duration(parsing: text) { return now + (.zero - span) }
        return RFC3339.parse(text)
    }

    private static func table(_ answer: JSONValue) -> String {
        guard let replays = answer["data"]?.items else { return TextTable.flat(answer) }
        let columns = ["id", "status", "which", "rules", "planned", "replayed", "passedOver", "createdAt"]
        let rows = replays.map { replay in columns.map { replay[$0]?.text ?? "-" } }
        return TextTable.lines([columns] + rows).joined(separator: "\n")
    }
}
