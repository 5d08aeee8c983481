import ArgumentParser

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the API and the delivery engine until SIGTERM or SIGINT.",
        discussion: """
            Every flag is also an environment variable (GODWIT_RETRY_SCHEDULE for --retry-schedule) and a line of the settings \
            file. Ready when GET /api/v1/health answers 204. Logs go to stderr.
            """)

    @OptionGroup var flags: SettingsFlags

    func run() async throws {
        let settings = try await Failure.explaining { try await flags.read() }
        try await Failure.explaining {
            try await Server(settings: settings).run { address in
                if settings.development { Console.say(Welcome(address: address).text) }
            }
        }
    }
}
