import ArgumentParser
import Foundation
import GodwitCore

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Show or change how deliveries to one endpoint are made.",
        discussion: """
            Without --patch and --set it only shows. Docs/delivery-policy.md describes every field. Exits with 0, with 1 when the \
            server refuses or doesn't answer, with 64 for wrong usage.
            """)

    @Argument(help: "The application: identifier or uid.") var app: APIName
    @Argument(help: "The endpoint: identifier or uid.") var endpoint: APIName
    @Option(help: "JSON that changes what it names; null gives back the default. @FILE reads it from a file.") var patch:
        String?
    @Option(help: "JSON that replaces the whole policy. @FILE reads it from a file.") var set: String?
    @OptionGroup var api: APIFlags

    func validate() throws {
        if patch != nil, set != nil { throw ValidationError("give either --patch or --set") }
    }

    func run() async throws {
        let client = try api.client()
        let path = "/app/\(app.text)/endpoint/\(endpoint.text)/policy"
        let answer = try await Failure.explaining {
            if let patch { return try await client.call("PATCH", path, try Self.json(patch)) }
            if let set { return try await client.call("PUT", path, try Self.json(set)) }
            return try await client.call("GET", path)
        }
        api.show(answer, TextTable.flat)
    }

    private static func json(_ argument: String) throws -> [UInt8] {
        guard argument.hasPrefix("@") else { return Array(argument.utf8) }
        let path = String(argument.dropFirst())
        guard let data = FileManager.default.contents(atPath: path) else { throw UnreadableFile(path: path) }
        return Array(data)
    }
}

private struct UnreadableFile: Error, CustomStringConvertible {
    let path: String

    var description: String { "\(path) can't be read" }
}
