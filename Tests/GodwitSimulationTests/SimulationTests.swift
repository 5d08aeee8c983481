import Foundation
import GodwitSimulation
import Testing

@Suite("The engine's core under simulated faults") struct SimulationTests {
    @Test("keeps its promises", arguments: 1...100)
    func promises(seed: UInt64) throws {
        var world = try SimulatedWorld(seed: seed)
        do {
            try world.run(steps: 700)
        } catch {
            Issue.record("\(error)\nreplay: swift run godwit-sim --seed \(seed) --steps 700")
        }
        #expect(world.trace.count > 500)
    }

    @Test("keeps its promises over several nodes that die, are cut off, leave and join", arguments: 1...20)
    func cluster(seed: UInt64) throws {
        var cluster = try SimulatedCluster(seed: seed)
        do {
            try cluster.run(steps: 2000)
        } catch {
            Issue.record("\(error)\nreplay: swift run godwit-sim faults --nodes 3 --seed \(seed) --steps 2000")
        }
        #expect(cluster.trace.count > 500)
    }

    @Test("delivers once over several nodes that only leave and join in order", arguments: 1...8)
    func rollingRestarts(seed: UInt64) throws {
        var cluster = try SimulatedCluster(seed: seed, faults: .noLoss)
        try cluster.run(steps: 2000)
        #expect(cluster.duplicates == 0)
    }

    @Test("goes the same way for the same seed in two processes")
    func determinism() throws {
        let first = try Self.run(seed: 7)
        let second = try Self.run(seed: 7)
        #expect(first.contains("digest"))
        #expect(first == second)
        #expect(try Self.run(seed: 8) != first)
    }

    /// The program that the build has put beside the tests.
    private static func run(seed: Int) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
            path: "godwit-sim")
        process.arguments = ["--seed", "\(seed)", "--steps", "3000"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self).replacing("seed \(seed):", with: "")
    }
}
