import GodwitBench
import GodwitCore
import NIOCore

/// The server under test, through its API; and its process, if it is ours.
struct BenchServer {
    let client: LocalClient
    let token: String
    let child: ChildProcess?
    /// Of those that share the store.
    var number = 1

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
        return BenchFailure("the server ended with status \(status). Its last lines:\n\(workplace.serverLogTail(number))")
    }

    /// What the kernel counts for it; nil when it isn't ours.
    var usage: ProcessUsage? { child.flatMap { Machine.usage(of: $0.id) } }

    /// Where the applications and the endpoints are, by their numbers: paths of the API.
    struct Registration {
        var applications: [String] = []
        var endpoints: [String] = []
    }

    /// Creates the applications of a layout, and an endpoint for each URL.
    func register(_ urls: [String], in layout: EndpointLayout) async throws -> Registration {
        var registration = Registration()
        for _ in 0..<layout.applications {
            registration.applications.append(try await create("/api/v1/app", #"{"name":"godwit bench"}"#))
        }
        for (endpoint, url) in urls.enumerated() {
            var writer = JSONWriter()
            writer.object { $0.field("url", url) }
            let application = registration.applications[layout.application(ofEndpoint: endpoint)]
            let body = String(decoding: writer.finish(), as: UTF8.self)
            registration.endpoints.append(try await create("\(application)/endpoint", body))
        }
        return registration
    }

    func remove(_ registration: Registration) async {
        for path in registration.applications { _ = try? await client.request("DELETE", path, token: token) }
    }

    /// Disabled endpoints keep what waits for them.
    func setDisabled(_ disabled: Bool, _ registration: Registration) async throws {
        for path in registration.endpoints { _ = try await send("PATCH", path, #"{"disabled":\#(disabled)}"#, expecting: 200) }
    }

    /// - Returns: the path of what was created.
    private func create(_ path: String, _ body: String) async throws -> String {
        guard case .string(let id)? = try await send("POST", path, body, expecting: 201)["id"] else {
            throw BenchFailure("what POST \(path) created has no id")
        }
        return "\(path)/\(id)"
    }

    private func send(_ method: String, _ path: String, _ body: String, expecting status: Int) async throws -> JSONValue {
        let answer = try await client.request(method, path, token: token, body: Array(body.utf8))
        guard answer.status == status else {
            let text = String(decoding: answer.body.prefix(500), as: UTF8.self)
            throw BenchFailure("\(method) \(path) was answered with \(answer.status): \(text)")
        }
        return try JSONValue.parse(answer.body)
    }
}
