import ArgumentParser
import GodwitBench
import GodwitCore

/// How long lists take in a large store.
struct APIBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "How long each list of the API takes in a store of a million messages and ten million attempts.",
        discussion: """
            Fills a fresh store with messages of the last 28 days, one delivery of each to every endpoint, and their attempts: one \
            delivery in twenty failed before it succeeded, one in a hundred became a dead letter. Then starts a server on it, and asks \
            for pages of every list with every filter, at places chosen by chance, one request after the other. With the defaults \
            filling takes some minutes and about 5 GB.

            Exits with 0; with 1 when the p99 of a list is above 20 ms, or a request was refused; with 64 when an option is wrong.
            """)

    @Option(help: "Messages in the store: 1000 to 10000000.") var messages = 1_000_000
    @Option(help: "Endpoints, each of which gets every message: 1 to 64.") var endpoints = 10
    @Option(help: "Requests for each list: 20 to 100000.") var requests = 300
    @Option(help: .benchStore) var store: String?
    @OptionGroup var output: BenchOutputOptions

    func validate() throws { _ = try makeRun() }

    func run() async throws {
        let run = try makeRun()
        let report = try await output.interruptible { try await run.report() }
        try output.show(report, table: report.table, isSuccess: report.verdict.isMet)
    }

    private func makeRun() throws -> APIBenchRun {
        APIBenchRun(
            dataset: APIDataset(
                messages: try BenchOption.check(messages, in: Limits.benchmarkStoredMessages, "messages"),
                endpoints: try BenchOption.check(endpoints, in: 1...Limits.benchmarkEndpoints, "endpoints"), end: .now),
            server: try BenchStoreOptions.server(store),
            requests: try BenchOption.check(requests, in: Limits.benchmarkListRequests, "requests"),
            serverFlags: output.serveFlags, commandLine: output.commandLine(hiding: store), showsProgress: output.showsProgress,
            keeps: output.keep)
    }
}
