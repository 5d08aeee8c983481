import ArgumentParser
import GodwitCore

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say for each endpoint why it did or did not get a message.",
        discussion: "Exits with 0, with 1 when the server refuses or doesn't answer, with 64 for wrong usage.")

    @Argument(help: "The application: identifier or uid.") var app: APIName
    @Argument(help: "The message: identifier or eventId.") var message: APIName
    @OptionGroup var api: APIFlags

    func run() async throws {
        let client = try api.client()
        let answer = try await Failure.explaining {
            try await client.call("GET", "/app/\(app.text)/msg/\(message.text)/explain")
        }
        api.show(answer, Self.table)
    }

    static func table(_ answer: JSONValue) -> String {
        let message = answer["message"] ?? .null
        let head =
            "\(message["id"]?.text ?? "")  \(message["eventType"]?.text ?? "")  published \(message["createdAt"]?.text ?? "")"
        let endpoints = answer["endpoints"]?.items ?? []
        if endpoints.isEmpty { return head + "\n\nThe application had no endpoint." }
        return ([head] + endpoints.map(block)).joined(separator: "\n\n")
    }

    private static func block(_ endpoint: JSONValue) -> String {
        let name = endpoint["uid"]?.text ?? endpoint["endpointId"]?.text ?? ""
        var lines = [
            "\(name)  \(endpoint["url"]?.text ?? "")",
            "  \(endpoint["decision"]?.text ?? ""): \(endpoint["because"]?.text ?? "")",
        ]
        let attempts = endpoint["attempts"]?.items ?? []
        lines += TextTable.lines(attempts.map(row))
        let schedule = endpoint["schedule"]?.items.compactMap(\.text) ?? []
        if !schedule.isEmpty { lines.append("  to come: " + schedule.joined(separator: ", ")) }
        return lines.joined(separator: "\n")
    }

    private static func row(_ attempt: JSONValue) -> [String] {
        let failure = attempt["failure"]?["code"]?.text
        return [
            "  attempt \(attempt["attemptNumber"]?.text ?? "")", attempt["timestamp"]?.text ?? "",
            failure ?? "status \(attempt["responseStatusCode"]?.text ?? "")", attempt["means"]?.text ?? "",
            times(attempt["timings"] ?? .null),
        ]
    }

    /// Only the phases that happened.
    private static func times(_ timings: JSONValue) -> String {
        [("total", "total"), ("resolve", "resolve"), ("connect", "connect"), ("tls", "tls"), ("firstByte", "first byte")]
            .compactMap { name, label in
                timings[name]?.text.flatMap(Int.init).map { "\(label) \($0 / 1000).\($0 % 1000 / 100) ms" }
            }.joined(separator: ", ")
    }
}
