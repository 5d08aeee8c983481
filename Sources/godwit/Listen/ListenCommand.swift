import ArgumentParser
import Foundation
import GodwitCore
import GodwitListen

struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen", abstract: "Receive webhooks on this machine: verify, print and forward each.",
        discussion: """
            Without --app it is a receiver on a port. With --app and --endpoint it follows the endpoint's feed instead, so no port \
            need be open to anybody; it goes on where it stopped, and what was missed in between comes first. Docs/listen.md \
            describes rules, the file and cassettes. On a terminal: r retries, d shows details, o opens the last event, q quits.

            Exits with 0 when all events were genuine and every forward accepted them, with 1 when not or the server refuses, \
            with 2 when --timeout passed before --exit-after, with 3 when the feed has a gap or ends before the cursor, with 64 \
            for wrong usage, with 130 after Ctrl-C.
            """)

    @OptionGroup var options: ListenOptions

    func validate() throws { try options.check() }

    func run() async throws {
        let settings = try await Failure.explaining { try await options.settings() }
        let keyboard = Keyboard()
        let work = Task { try await Listening(settings: settings, keyboard: keyboard).run() }
        let signals = TerminationSignals { work.cancel() }
        defer {
            signals.stop()
            keyboard?.giveBack()
        }
        try await Failure.explaining {
            do {
                let code = try await work.value
                if code != 0 { throw ExitCode(code) }
            } catch let error as FeedError {
                Failure.say(error)
                throw ExitCode(3)
            } catch  where work.isCancelled {
                throw ExitCode(130)  // As a shell says of a command that Ctrl-C ended, whatever it was about.
            }
        }
    }
}

struct ListenOptions: ParsableArguments {
    @Option(help: "Read options from this YAML file; those given here go before it.") var config: String?
    @Option(help: "The address to receive on. (default: 127.0.0.1)") var host: String?
    @Option(help: "The port to receive on. (default: 9000)") var port: Int?
    @Option(help: "The application whose endpoint's feed is followed.") var app: APIName?
    @Option(help: "That endpoint.") var endpoint: APIName?
    @Option(help: "The server: http://host:port. GODWIT_SERVER says it too.") var server: String?
    @Option(help: "A bearer token. Better in GODWIT_TOKEN, where no list of processes shows it.") var token: String?
    @Option(help: "Verify with this secret: whsec_…, whsk_…, whpk_… or @FILE. May be given again. (default: a feed's own)")
    var secret: [String] = []
    @Option(
        help: "PATTERN=URL: send events whose type matches on, like 'invoice.*=http://localhost:3000/hook'. May be given again."
    )
    var forward: [String] = []
    @Option(help: "How long a forward may take: 100ms to 60s. (default: 15s)") var forwardTimeout: String?
    @Flag(help: "Of a feed: repeat an event until every forward accepts it, and only then go on.") var hold = false
    @Option(help: "Of a feed: events after this sequence number; 0 is all. (default: the cursor's, or only new ones)")
    var after: UInt64?
    @Option(help: "Of a feed: where to remember where it stopped. (default: a file of the endpoint's in ~/.local/state/godwit)")
    var cursor: String?
    @Option(help: "Append every event to this cassette.") var record: String?
    @Option(help: "Let the events of this cassette come again, and end.") var replay: String?
    @Option(help: "End after so many events.") var exitAfter: Int?
    @Option(help: "End after this time: 1s to 1h.") var timeout: String?
    @Option(help: "table, for people, or json: a line for each event. (default: table)") var output: APIFlags.Output?

    /// What can be said without the file.
    func check() throws {
        for rule in forward {
            do throws(ForwardRule.Malformed) { _ = try ForwardRule(rule) } catch {
                throw ArgumentParser.ValidationError("\(error)")
            }
        }
        if (app == nil) != (endpoint == nil), config == nil {
            throw ArgumentParser.ValidationError("give --app and --endpoint together")
        }
        if app != nil, port != nil || host != nil {
            throw ArgumentParser.ValidationError("a feed needs no port: give either --app and --endpoint, or --port")
        }
        if replay != nil, app != nil || port != nil || record != nil || after != nil || cursor != nil {
            throw ArgumentParser.ValidationError("--replay reads a cassette and receives nothing: leave the other sources out")
        }
        if app == nil, config == nil, hold || after != nil || cursor != nil {
            throw ArgumentParser.ValidationError("--hold, --after and --cursor belong to a feed: give --app and --endpoint")
        }
        if let port { _ = try BenchOption.check(port, in: 0...65_535, "port") }
        if let exitAfter { _ = try BenchOption.check(exitAfter, in: 1...Int.max, "exit-after") }
        if let timeout { _ = try BenchOption.span(timeout, from: .seconds(1), "timeout") }
        _ = try ListenSettings.forwardLimit(forwardTimeout)
        if let after, after > UInt64(Int64.max) { throw ArgumentParser.ValidationError("--after is too large") }
    }
}
