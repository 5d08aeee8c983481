import GodwitCore
import NIOCore

/// HTTP/2 connections that carry streams, by origin. The oldest one with room is taken first, so that those that a burst needed
/// run empty.
struct StreamConnections {
    private var connections: [WebhookURL.Origin: [HTTP2Connection]] = [:]

    var isEmpty: Bool { connections.isEmpty }

    func count(for origin: WebhookURL.Origin) -> Int { connections[origin]?.count ?? 0 }

    func connection(for origin: WebhookURL.Origin) -> HTTP2Connection? { connections[origin]?.first { $0.hasRoom } }

    mutating func add(_ connection: HTTP2Connection) { connections[connection.origin, default: []].append(connection) }

    mutating func remove(_ connection: HTTP2Connection) {
        guard let index = connections[connection.origin]?.firstIndex(where: { $0 === connection }) else { return }
        connections[connection.origin]?.remove(at: index)
        if connections[connection.origin]?.isEmpty == true { connections[connection.origin] = nil }
    }
}

/// Attempts for which no stream is free and no connection may be opened, in their order.
struct StreamQueue {
    private var attempts: [WebhookURL.Origin: [Attempt]] = [:]

    mutating func append(_ attempt: Attempt) { attempts[attempt.target.origin, default: []].append(attempt) }

    mutating func prepend(_ attempt: Attempt) { attempts[attempt.target.origin, default: []].insert(attempt, at: 0) }

    mutating func popFirst(for origin: WebhookURL.Origin) -> Attempt? {
        guard !attempts.isEmpty, let index = attempts[origin]?.firstIndex(where: { !$0.isOver }) else { return nil }
        let attempt = attempts[origin]?[index]
        attempts[origin]?.removeFirst(index + 1)
        return attempt
    }

    /// Forgets what is over.
    mutating func tidy() {
        guard !attempts.isEmpty else { return }
        for origin in attempts.keys {
            attempts[origin]?.removeAll(where: \.isOver)
            if attempts[origin]?.isEmpty == true { attempts[origin] = nil }
        }
    }
}

/// Which origins chose HTTP/1.1: there, each attempt needs a connection of its own, and there is no use in waiting for one that
/// is being opened.
struct ProtocolMemory {
    private var speakHTTP1: Set<WebhookURL.Origin> = []
    /// Those that choose HTTP/2 when it is offered, and then demand HTTP/1.1 (RFC 9113 §7, HTTP_1_1_REQUIRED).
    private var requireHTTP1: Set<WebhookURL.Origin> = []

    func speaksHTTP1(_ origin: WebhookURL.Origin) -> Bool { speakHTTP1.contains(origin) || requiresHTTP1(origin) }

    func requiresHTTP1(_ origin: WebhookURL.Origin) -> Bool { requireHTTP1.contains(origin) }

    mutating func requireHTTP1(_ origin: WebhookURL.Origin) { Self.insert(origin, into: &requireHTTP1) }

    mutating func remember(_ origin: WebhookURL.Origin, speaksHTTP1: Bool) {
        guard speaksHTTP1 else {
            speakHTTP1.remove(origin)
            return
        }
        Self.insert(origin, into: &speakHTTP1)
    }

    private static func insert(_ origin: WebhookURL.Origin, into origins: inout Set<WebhookURL.Origin>) {
        if origins.count >= Limits.protocolsRemembered { origins.removeAll(keepingCapacity: true) }
        origins.insert(origin)
    }
}
