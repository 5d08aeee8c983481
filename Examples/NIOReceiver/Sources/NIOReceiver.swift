import Foundation
import GodwitReceiver
import GodwitSignature
import NIOCore
import NIOHTTP1
import NIOPosix

/// Receives webhooks with nothing but SwiftNIO below: the adapter at the end is all that a framework needs.
@main
struct NIOReceiver {
    let receiver: WebhookReceiver

    static func main() async {
        do {
            let environment = ProcessInfo.processInfo.environment
            guard let secret = environment["WEBHOOK_SECRET"], !secret.isEmpty else {
                throw Failure("WEBHOOK_SECRET is missing: give it the endpoint's secret, whsec_…")
            }
            guard let port = Int(environment["PORT"] ?? "3001"), (1...65535).contains(port) else {
                throw Failure("PORT must be a number from 1 to 65535")
            }
            let verifier: ProviderVerifier
            do {
                verifier = try ProviderVerifier(.standardWebhooks, secrets: [ProviderSecret(secret)])
            } catch {
                throw Failure("WEBHOOK_SECRET: \(error)")
            }
            // What was processed is remembered until the process ends: see ../HummingbirdReceiver for a file.
            let receiver = WebhookReceiver(verifier: verifier, deduplication: MemoryDeduplicationStore()) { webhook in
                // The effect: replace it with yours. What it throws makes the sender try again.
                write("\(webhook.id) \(webhook.eventType ?? "-") \(webhook.body.count)", to: .standardOutput)
            }
            try await NIOReceiver(receiver: receiver).serve(host: environment["HOST"] ?? "127.0.0.1", port: port)
        } catch {
            write("NIOReceiver: \(error)", to: .standardError)
            exit(1)
        }
    }

    func serve(host: String, port: Int) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port) { connection in
                connection.eventLoop.makeCompletedFuture {
                    try connection.pipeline.syncOperations.configureHTTPServerPipeline()
                    // The signature covers the body's bytes, so the whole body comes first. What is larger is answered with 413.
                    try connection.pipeline.syncOperations.addHandler(
                        NIOHTTPServerRequestAggregator(maxContentLength: receiver.maxBodyBytes))
                    return try NIOAsyncChannel<NIOHTTPServerRequestFull, HTTPServerResponsePart>(
                        wrappingChannelSynchronously: connection)
                }
            }
        write("listening on http://\(host):\(port)/webhooks", to: .standardError)
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    // What goes wrong on one connection is no other's concern.
                    group.addTask { try? await answer(connection) }
                }
            }
        }
    }

    func answer(_ connection: NIOAsyncChannel<NIOHTTPServerRequestFull, HTTPServerResponsePart>) async throws {
        let peer = connection.channel.remoteAddress?.ipAddress
        try await connection.executeThenClose { requests, responses in
            for try await request in requests {
                let (head, body) = await response(to: request, from: peer)
                try await responses.write(.head(head))
                if request.head.method != .HEAD { try await responses.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
                try await responses.write(.end(nil))
                guard request.head.isKeepAlive else { return }
            }
        }
    }

    /// The adapter: method, URL, headers and the raw body in; status, headers and body out.
    func response(to request: NIOHTTPServerRequestFull, from peer: String?) async -> (HTTPResponseHead, [UInt8]) {
        guard request.head.uri == "/webhooks" else { return (HTTPResponseHead(request, .notFound, length: 0), []) }
        let body = request.body.map { Array($0.readableBytesView) } ?? []
        var webhook = WebhookRequest(
            method: request.head.method.rawValue, url: request.head.uri, headers: WebhookHeaders(), body: body)
        for (name, value) in request.head.headers { webhook.headers.append(name, value) }
        let answer = await receiver.receive(webhook, peer: peer)
        var head = HTTPResponseHead(request, .init(statusCode: answer.status), length: answer.body.count)
        for field in answer.headers { head.headers.add(name: field.name, value: field.value) }
        return (head, answer.body)
    }
}

extension HTTPResponseHead {
    /// The length is always told: without it an answer to HEAD would look like one in chunks.
    init(_ request: NIOHTTPServerRequestFull, _ status: HTTPResponseStatus, length: Int) {
        self.init(version: request.head.version, status: status, headers: ["content-length": "\(length)"])
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func write(_ line: String, to file: FileHandle) { file.write(Data("\(line)\n".utf8)) }
