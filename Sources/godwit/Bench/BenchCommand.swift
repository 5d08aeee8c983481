import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this machine.",
        discussion: """
            Without a subcommand it is `deliver`, so that `godwit bench --rate 11000` is enough. Each starts a server of its own with \
            a fresh, durable store and a sink in another process, and removes everything in the end.
            """,
        subcommands: [
            DeliverCommand.self, IsolationCommand.self, BacklogCommand.self, APIBenchCommand.self, VerifyBenchCommand.self,
        ],
        defaultSubcommand: DeliverCommand.self)
}
