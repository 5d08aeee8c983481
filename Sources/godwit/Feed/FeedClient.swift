import GodwitCore
import GodwitListen
import NIOCore

/// Reads the feed of one endpoint.
struct FeedClient: Sendable {
    private let client: APIClient
    let app: String
    let endpoint: String

    /// Seconds that a request may wait for news at the server.
    static let longestWait = 30

    init(_ client: APIClient, app: APIName, endpoint: APIName) {
        var local = client.client
        // The server answers after at most the wait; what is on top of it is for a machine that is busy.
        local.patience = .seconds(Int64(Self.longestWait) + 15)
        self.client = APIClient(client: local, token: client.token)
        self.app = app.text
        self.endpoint = endpoint.text
    }

    var name: String { "\(app)/\(endpoint)" }
    var address: String { "http://\(client.client.host):\(client.client.port)" }
    private var path: String { "/app/\(app)/endpoint/\(endpoint)" }

    /// - Throws: `LocalClient.Failure`, `APIClient.Refusal`, `FeedError`.
    func page(after: UInt64, limit: Int, wait: Int) async throws -> FeedPage {
        let answer = try await client.call("GET", "\(path)/feed?after=\(after)&limit=\(limit)&wait=\(wait)")
        return try FeedPage(answer.value)
    }

    /// The greatest sequence number so far.
    func head() async throws -> UInt64 { try await page(after: 0, limit: 1, wait: 0).head }

    func secret() async throws -> String { try await client.call("GET", path + "/secret").value["key"]?.text ?? "" }
}
