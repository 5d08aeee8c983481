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
    @Option(help: "Nodes over one store that die, are cut off, leave and join; one for the engine's core alone.") var nodes:
        Int = 1

    func run() throws {
        guard nodes <= 1 else { return try runClusters() }
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

    private func runClusters() throws {
        for seed in seed..<(seed + UInt64(max(0, seeds))) {
            var cluster = try SimulatedCluster(seed: seed, nodes: nodes)
            do {
                try cluster.run(steps: steps)
            } catch {
                print(cluster.trace.lastLines.joined(separator: "\n"))
                print(
                    "seed \(seed): \(error)\nreplay: swift run godwit-sim faults --nodes \(nodes) --seed \(seed) --steps \(steps)"
                )
                throw ExitCode.failure
            }
            print(
                "seed \(seed): \(cluster.trace.count) steps, \(cluster.duplicates) duplicates, "
                    + "digest \(String(cluster.trace.digest, radix: 16))")
        }
    }
}
