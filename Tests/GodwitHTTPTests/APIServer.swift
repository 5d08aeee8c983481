import Foundation
import GodwitCore
import GodwitEngine
import GodwitHTTP
import GodwitSQLite
import GodwitStore
import HTTPTypes
import Hummingbird
import Logging
import NIOPosix
import ServiceLifecycle
import Testing

/// The API on a real port, over a real engine and a real store in a folder of its own.
struct APIServer: Sendable {
    static let secret = Array("a secret that only tests know".utf8)

    let engine: DeliveryEngine
    let port: Int
    /// For the whole organization `org_godwit`.
    let token: String
    /// Asks the server to stop, as SIGTERM does.
    let stop: @Sendable () async -> Void

    /// Runs `body` against a fresh server, and stops it.
    static func run(
        policy: TargetPolicy = TargetPolicy(allowPrivate: true, allowHTTP: true), schedule: [Duration] = [.milliseconds(20)],
        secret: [UInt8] = APIServer.secret, _ body: (APIServer) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "godwit-http-\(UUID().uuidString).db"
        defer { for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let engine = try await DeliveryEngine.start(
            store: try SQLiteStore.open(path: path, exclusive: true),
            settings: EngineSettings(
                core: .init(schedule: .init(delays: schedule), requestsInFlightPerEndpoint: 8),
                timeouts: .init(connect: .seconds(2), tls: .seconds(2), firstByte: .seconds(5), total: .seconds(5)),
                policy: policy, userAgent: "Godwit/test"),
            eventLoops: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let signer = TokenSigner(secret: secret)
        let application = GodwitHTTP.makeApplication(
            engine: engine, tokens: signer,
            configuration: GodwitServerConfiguration(host: "127.0.0.1", port: 0, policy: policy), logger: logger
        ) { port in running.yield(port) }
        let group = ServiceGroup(configuration: .init(services: [engine, application], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw CancellationError() }
            let token = try await signer.token(organization: .standard, application: nil, readOnly: false, now: engine.now)
            let result: Result<Void, any Error>
            do {
                result = .success(
                    try await body(
                        APIServer(engine: engine, port: port, token: token) { await group.triggerGracefulShutdown() }))
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    func token(
        _ organization: OrganizationID = .standard, application: ApplicationID? = nil, readOnly: Bool = false,
        lifetime: Duration = .seconds(60), secret: [UInt8] = APIServer.secret, issued: Instant? = nil
    ) async throws -> String {
        try await TokenSigner(secret: secret).token(
            organization: organization, application: application, readOnly: readOnly, lifetime: lifetime,
            now: issued ?? engine.now)
    }

    func connect() async throws -> RawConnection { try await RawConnection.open(port: port) }

    /// One request on a connection of its own. The path is under `/api/v1`.
    func call(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, token: String? = nil, headers: [String] = []
    ) async throws -> RawResponse {
        let connection = try await connect()
        try await connection.send(request(method, path, body.map { Array($0.utf8) }, token: token, headers: headers))
        let response = try await connection.response()
        try await connection.close()
        return response
    }

    /// - Parameter token: nil for the organization's, empty for none.
    func request(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8]? = nil, token: String? = nil, headers: [String] = []
    ) -> [UInt8] {
        var lines = ["\(method.rawValue) /api/v1\(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + headers
        let token = token ?? self.token
        if !token.isEmpty { lines.append("Authorization: Bearer \(token)") }
        if let body { lines.append("Content-Length: \(body.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? [])
    }

    // MARK: Things to work with

    /// - Returns: its identifier.
    func makeApplication(_ members: String = "") async throws -> String {
        try await make("/app", #"{"name":"a"\#(rest(members))}"#)
    }

    func makeEndpoint(_ application: String, url: String = "http://127.0.0.1:9/", _ members: String = "") async throws -> String
    {
        try await make("/app/\(application)/endpoint", #"{"url":"\#(url)"\#(rest(members))}"#)
    }

    func makeEventType(_ name: String) async throws {
        _ = try await call(.post, "/event-type", #"{"name":"\#(name)","description":""}"#)
    }

    func publish(_ application: String, type: String = "a", payload: String = "{}", _ members: String = "") async throws
        -> String
    {
        try await make("/app/\(application)/msg", #"{"eventType":"\#(type)","payload":\#(payload)\#(rest(members))}"#)
    }

    private func rest(_ members: String) -> String { members.isEmpty ? "" : "," + members }

    private func make(_ path: String, _ body: String) async throws -> String {
        let response = try await call(.post, path, body)
        try #require(200..<300 ~= response.status, "\(response.status) \(response.text)")
        return response.id
    }
}
