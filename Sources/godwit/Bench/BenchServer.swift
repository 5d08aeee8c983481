import GodwitBench
import GodwitCore
import NIOCore

/// The server under test, through its API; and its process, if it is ours.
struct BenchServer {
    let client: LocalClient
    let token: String
    let child: ChildProcess?

    /// Waits until the server is ready.
    func awaitHealth(_ workplace: BenchWorkplace) async throws {
        for _ in 0..<600 {
            if let answer = try? await client.request("GET", "/api/v1/health"), answer.status == 204 { return }
            guard child?.isRunning != false else { throw await ended(workplace) }
            guard child != nil else { break }  // One that runs already is ready or isn't.
            try await Machine.pause(.milliseconds(50))
        }
        throw BenchFailure("http://\(client.host):\(client.port)/api/v1/health does not answer 204")
    }

    /// - Returns: what to throw once the server has ended by itself.
    func ended(_ workplace: BenchWorkplace) async -> BenchFailure {
        let status = (try? await child?.exitStatus()).map { "\($0)" } ?? "?"
        return BenchFailure("the server ended with status \(status). Its last lines:\n\(workplace.serverLogTail)")
    }

    /// Creates an application with these endpoints.
    /// - Returns: the path under which the application is.
    func register(_ urls: [String]) async throws -> String {
        let created = try await post("/api/v1/app", #"{"name":"godwit bench"}"#)
        guard case .string(let id)? = created["id"] else { throw BenchFailure("the new application has no id") }
        for url in urls {
            var writer = JSONWriter()
            writer.object { $0.field("url", url) }
            _ = try await post("/api/v1/app/\(id)/endpoint", String(decoding: writer.finish(), as: UTF8.self))
        }
        return "/api/v1/app/\(id)"
    }

    func remove(_ path: String) async { _ = try? await client.request("DELETE", path, token: token) }

    private func post(_ path: String, _ body: String) async throws -> JSONValue {
        let answer = try await client.request("POST", path, token: token, body: Array(body.utf8))
        guard answer.status == 201 else {
            let text = String(decoding: answer.body.prefix(500), as: UTF8.self)
            throw BenchFailure("POST \(path) was answered with \(answer.status): \(text)")
        }
        return try JSONValue.parse(answer.body)
    }
}
