import ArgumentParser
import Foundation
import GodwitCore

/// What every command has that asks a running server.
struct APIFlags: ParsableArguments {
    @Option(help: "The server: http://host:port. GODWIT_SERVER says it too.") var server: String?
    @Option(help: "A bearer token. Better in GODWIT_TOKEN, where no list of processes shows it.") var token: String?
    @Option(help: "table, for people, or json, as the API answers.") var output: Output = .table

    enum Output: String, ExpressibleByArgument, CaseIterable, Sendable { case table, json }

    private static let standardServer = "http://127.0.0.1:8071"

    func client() throws -> APIClient { try Self.client(server: server, token: token) }

    /// For commands that have these flags among others.
    static func client(server: String?, token: String?) throws -> APIClient {
        let environment = ProcessInfo.processInfo.environment
        let url = server ?? environment["GODWIT_SERVER"] ?? Self.standardServer
        guard url.hasPrefix("http://") else {
            throw ValidationError(
                "'\(url)' is not a server: write http://host:port. For https, ask through a tunnel or a proxy.")
        }
        guard let token = token ?? environment["GODWIT_TOKEN"], !token.isEmpty else {
            throw ValidationError("give a token with GODWIT_TOKEN or --token; `godwit token` makes one")
        }
        return APIClient(client: LocalClient(url: url), token: token)
    }

    /// What the API answered, for programs as it is.
    func show(_ answer: APIClient.Answer, _ table: (JSONValue) -> String) {
        switch output {
        case .json: print(String(decoding: answer.body, as: UTF8.self))
        case .table: print(table(answer.value))
        }
    }
}

/// Something of the API that is named on the command line: an identifier or a name of the caller's own.
struct APIName: ExpressibleByArgument, Sendable {
    let text: String

    init?(argument: String) {
        guard Name.isValid(argument) else { return nil }
        text = argument
    }
}
