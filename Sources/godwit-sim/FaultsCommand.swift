import ArgumentParser
import GodwitSimulation

struct FaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Runs the engine's core through simulated faults, and checks its promises after each step.",
        discussion:
            "Prints one line per seed: the seed and a digest of everything that happened. The same seed gives the same digest.")

    @Option(help: "First seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds, one after another.") var seeds: Int = 1
    @Option(help: "Events under faults, for each seed.") var steps: Int = 5000

    func run() throws {
        for seed in seed..<(seed + UInt64(max(0, seeds))) {
            do {
                var world = try SimulatedWorld(seed: seed)
                do {
                    try world.run(steps: steps)
                } catch {
                    print(world.trace.lastLines.joined(separator: "\n"))
                    throw error
                }
                print("seed \(seed): \(world.trace.count) steps, digest \(String(world.trace.digest, radix: 16))")
            } catch {
                print("seed \(seed): \(error)\nreplay: swift run godwit-sim --seed \(seed) --steps \(steps)")
                throw ExitCode.failure
            }
        }
    }
}
