import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// A sender on its event loop, driven from tests.
struct SenderUnderTest: Sendable {
    let eventLoop: any EventLoop
    private let sender: NIOLoopBound<WebhookSender>

    struct Counters: Equatable {
        var open: Int
        var idle: Int
        var opened: Int
        var reused: Int
        var inFlight: Int
    }

    static let development = TargetPolicy(allowPrivate: true, allowHTTP: true)

    init(
        policy: TargetPolicy = development, addresses: [String: [String]] = [:], tls: TLSClientContext? = nil,
        limits: SenderLimits = .init(), resolver: NameResolver? = nil, proxy: ProxyConfiguration? = nil
    ) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let tls = try tls ?? TLSClientContext()
        let resolver = resolver ?? NameResolver(lookup: { name in addresses[name, default: []].compactMap { IPAddress($0) } })
        self.eventLoop = eventLoop
        sender = try await eventLoop.submit {
            let sender = WebhookSender(
                eventLoop: eventLoop, resolver: resolver, policy: policy, tls: tls, limits: limits, proxy: proxy)
            return NIOLoopBound(sender, eventLoop: eventLoop)
        }.get()
    }

    func send(
        _ url: String, timeouts: AttemptTimeouts = .init(), headers: String = "", body: String = "{}",
        bodyBytesKept: Int = Limits.responseBodyBytesKept
    ) async throws -> AttemptReport {
        let target = try WebhookURL(url)
        let head =
            "POST \(target.requestTarget) HTTP/1.1\r\nHost: \(target.hostHeader)\r\n\(headers)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        let request = ByteBuffer(string: head + body)
        return await withCheckedContinuation { continuation in
            eventLoop.execute {
                sender.value.send(request, to: target, timeouts: timeouts, bodyBytesKept: bodyBytesKept) {
                    continuation.resume(returning: $0)
                }
            }
        }
    }

    /// All of them at once.
    func send(
        _ count: Int, to url: String, timeouts: AttemptTimeouts = .init(), body: String = "{}"
    ) async throws -> [AttemptReport] {
        try await withThrowingTaskGroup(of: AttemptReport.self) { group in
            for _ in 0..<count { group.addTask { try await send(url, timeouts: timeouts, body: body) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Whether `send` returned before its completion was called.
    func completesLater(_ url: String, timeouts: AttemptTimeouts = .init()) async throws -> Bool {
        let target = try WebhookURL(url)
        return await withCheckedContinuation { continuation in
            eventLoop.execute {
                var hasReturned = false
                sender.value.send(ByteBuffer(), to: target, timeouts: timeouts) { _ in
                    continuation.resume(returning: hasReturned)
                }
                hasReturned = true
            }
        }
    }

    func counters() async throws -> Counters {
        try await eventLoop.submit {
            let sender = sender.value
            return Counters(
                open: sender.openConnections, idle: sender.idleConnections, opened: sender.connectionsOpened,
                reused: sender.connectionsReused, inFlight: sender.attemptsInFlight)
        }.get()
    }

    /// Whether the sender itself is gone, once nobody holds this value any more. Every connection, opening and attempt holds its
    /// sender, so none of them is left either.
    var isReleased: @Sendable () async throws -> Bool {
        let weakSender = NIOLoopBoundBox.makeBoxSendingValue(WeakSender(), eventLoop: eventLoop)
        eventLoop.execute { weakSender.value.sender = sender.value }
        return { [eventLoop] in try await eventLoop.submit { weakSender.value.sender == nil }.get() }
    }

    private final class WeakSender {
        weak var sender: WebhookSender?
    }

    /// Returns when nothing is open any more; that it returns is itself the proof that no connection leaks.
    func close() async {
        await withCheckedContinuation { continuation in
            eventLoop.execute { sender.value.close { continuation.resume() } }
        }
    }
}

extension AttemptReport {
    var status: UInt16? {
        switch outcome {
        case .responded(let response): response.status
        case .failed: nil
        }
    }

    var response: ReceiverResponse? {
        switch outcome {
        case .responded(let response): response
        case .failed: nil
        }
    }

    var failure: TransportFailure? {
        switch outcome {
        case .responded: nil
        case .failed(let failure): failure
        }
    }
}
