import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Asks a Godwit server for an endpoint's feed, over HTTP/1.1.
public struct HTTPFeed: FeedTransport {
    private let address: FeedAddress
    private let token: String
    private let tls: NIOSSLContext?
    private let answerSeconds: Int

    /// - Parameters:
    ///   - url: `https://host/api/v1/app/APP/endpoint/EP/feed`.
    ///   - token: an API token that may read the application.
    ///   - trustRoots: PEM file with the authorities to trust instead of the system's.
    ///   - answerSeconds: until an answer must be there, besides those that it was asked to wait. Past it: the attempt has failed.
    public init(
        url: String, token: String, trustRoots: String? = nil, answerSeconds: Int = ReceiverLimits.feedAnswerSeconds
    ) throws {
        guard let address = FeedAddress(url) else {
            throw FeedFailure.unreachable("“\(url)” is not the http or https URL of a feed, without a query")
        }
        // What could end the header line must not get into it.
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw FeedFailure.unreachable("the token is empty, or has characters that no token has")
        }
        self.address = address
        self.token = token
        self.answerSeconds = max(1, answerSeconds)
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let trustRoots { configuration.trustRoots = .file(trustRoots) }
        tls = address.isEncrypted ? try NIOSSLContext(configuration: configuration) : nil
    }

    /// A page.
    public func page(after: Int64, limit: Int, waitSeconds: Int) async throws -> FeedPage {
        let query = "after=\(after)&limit=\(limit)&wait=\(waitSeconds)"
        let answer = try await request(.GET, query: query, seconds: waitSeconds + answerSeconds)
        guard let body = answer.body else { throw FeedFailure.malformed("it is empty") }
        return try FeedPage(json: Array(body.readableBytesView))
    }

    /// How far it goes.
    public func head() async throws -> Int64 {
        let answer = try await request(.HEAD, query: nil, seconds: answerSeconds)
        guard let head = answer.head.headers.first(name: "webhook-head").flatMap({ Int64($0) }), head >= 0 else {
            throw FeedFailure.malformed("webhook-head is missing")
        }
        return head
    }

    private func request(_ method: HTTPMethod, query: String?, seconds: Int) async throws -> NIOHTTPClientResponseFull {
        try await withThrowingTaskGroup(of: NIOHTTPClientResponseFull.self) { group in
            group.addTask { try await exchange(method, query: query) }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw FeedFailure.unreachable("no answer within \(seconds) s")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            guard answer.head.status == .ok else { throw FeedFailure.status(Int(answer.head.status.code)) }
            return answer
        }
    }

    private func exchange(_ method: HTTPMethod, query: String?) async throws -> NIOHTTPClientResponseFull {
        do {
            return try await send(method, query: query, on: connect())
        } catch let failure as FeedFailure {
            throw failure
        } catch {
            throw Task.isCancelled ? CancellationError() : FeedFailure.unreachable(String(describing: error))
        }
    }

    private func send(
        _ method: HTTPMethod, query: String?, on channel: NIOAsyncChannel<NIOHTTPClientResponseFull, HTTPClientRequestPart>
    ) async throws -> NIOHTTPClientResponseFull {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: address.path + (query.map { "?\($0)" } ?? ""))
        head.headers = [
            "host": address.authority, "authorization": "Bearer \(token)", "accept": "application/json", "connection": "close",
        ]
        let request = head
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(.head(request))
            try await outbound.write(.end(nil))
            for try await answer in inbound { return answer }
            throw FeedFailure.unreachable("the connection ended before the answer")
        }
    }

    private func connect() async throws -> NIOAsyncChannel<NIOHTTPClientResponseFull, HTTPClientRequestPart> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(Int64(ReceiverLimits.feedConnectSeconds)))
            .connect(host: address.host, port: address.port) { [tls, address] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: address.serverName))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(
                        NIOHTTPClientResponseAggregator(maxContentLength: ReceiverLimits.feedAnswerBytes))
                    return try NIOAsyncChannel<NIOHTTPClientResponseFull, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
    }
}
