import GodwitCore
import NIOCore

/// Kept-alive connections that wait for work, by origin. The one that was used last is taken first, so that a burst's extra
/// connections grow old and are closed. HTTP/2 connections are here while they have no stream.
struct ConnectionPool {
    private var waiting: [WebhookURL.Origin: [any PooledConnection]] = [:]
    private(set) var count = 0
    private let limits: SenderLimits

    init(limits: SenderLimits) { self.limits = limits }

    mutating func take(for origin: WebhookURL.Origin) -> (any PooledConnection)? {
        // An emptied list stays until `expire`: it is filled again as soon as the response has come.
        guard let connection = waiting[origin]?.popLast() else { return nil }
        count -= 1
        return connection
    }

    /// - Returns: connections to close, because there are more than the limits allow, or this one is too old.
    mutating func put(_ connection: any PooledConnection, at now: NIODeadline) -> [any PooledConnection] {
        guard limits.idleTotal > 0, now - connection.openedAt < limits.lifetime,
            waiting[connection.origin, default: []].count < limits.idlePerTarget
        else {
            return [connection]
        }
        connection.idleSince = now
        waiting[connection.origin, default: []].append(connection)
        count += 1
        return count > limits.idleTotal ? removeOldest(limits.idleTotal / 8 + 1) : []
    }

    mutating func remove(_ connection: any PooledConnection) {
        guard let index = waiting[connection.origin]?.firstIndex(where: { $0 === connection }) else { return }
        waiting[connection.origin]?.remove(at: index)
        count -= 1
    }

    /// - Returns: connections to close, because they have waited too long.
    mutating func expire(at now: NIODeadline) -> [any PooledConnection] {
        let limit = now - limits.idleTimeout
        var expired: [any PooledConnection] = []
        for (origin, connections) in waiting {
            // The oldest come first.
            let old = connections.prefix { $0.idleSince <= limit }
            expired += old
            if old.count == connections.count {
                waiting[origin] = nil
            } else if !old.isEmpty {
                waiting[origin]?.removeFirst(old.count)
            }
        }
        count -= expired.count
        return expired
    }

    mutating func removeAll() -> [any PooledConnection] {
        defer {
            waiting = [:]
            count = 0
        }
        return waiting.values.flatMap { $0 }
    }

    /// Several at once, so that a full pool isn't searched for every connection that comes back.
    private mutating func removeOldest(_ number: Int) -> [any PooledConnection] {
        let oldest = waiting.values.joined().sorted { $0.idleSince < $1.idleSince }.prefix(number)
        for connection in oldest { remove(connection) }
        return Array(oldest)
    }
}
