import ArgumentParser

@main
struct SimulationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "godwit-sim",
        abstract: "Runs the engine's core on a virtual clock.",
        subcommands: [FaultsCommand.self, FleetCommand.self], defaultSubcommand: FaultsCommand.self)
}
