import ArgumentParser

@main
struct Godwit: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "godwit",
        abstract: "A webhook server in one binary: accepts events and delivers them, signed, retried, never lost.",
        version: version,
        subcommands: [
            ServeCommand.self, TokenCommand.self, DemoCommand.self, BenchCommand.self, BenchSinkCommand.self,
            SettingsCommand.self, PolicyCommand.self, ExplainCommand.self, ReplayCommand.self,
            CheckCommand.self, PollCommand.self, VerifyCommand.self, SignCommand.self, MigrateCommand.self, ListenCommand.self,
            CompareCommand.self,
        ])
}
