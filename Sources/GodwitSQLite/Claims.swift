import GodwitCore
import GodwitStore

/// The twin of `DeliveryStateMachine.isClaimable`. Index: `deliveries_waiting`, in its order; then messages by key.
struct DueDeliveries: SQLStatement {
    static let sql = """
        SELECT deliveries.message_key, deliveries.sequence,
               deliveries.state, deliveries.due_at, deliveries.lease, deliveries.finished_at, deliveries.attempts,
               deliveries.scheduled_attempts, deliveries.resume_state, deliveries.resume_at,
               messages.id, messages.application_key, messages.event_type, messages.event_id, messages.channels, messages.tags,
               messages.created_at, messages.payload_expires_at, messages.payload
        FROM   deliveries INDEXED BY deliveries_waiting
               LEFT JOIN messages ON messages.key = deliveries.message_key
        WHERE  deliveries.state = 'waiting' AND deliveries.endpoint_key = ?1 AND deliveries.due_at <= ?2
        ORDER  BY deliveries.due_at, deliveries.message_key LIMIT ?3
        """

    let endpoint: Int64
    let now: Instant
    let limit: Int

    struct Row {
        let message: Int64
        let sequence: Int64
        let machine: DeliveryStateMachine
        /// nil when there is nothing left to send.
        let content: Message?
    }

    func bind(to statement: SQLiteStatement) {
        statement.bind(endpoint, at: 1)
        statement.bind(now, at: 2)
        statement.bind(limit, at: 3)
    }

    static func decode(_ row: SQLiteStatement) throws(StoreError) -> Row {
        Row(
            message: row.integer(0), sequence: row.integer(1), machine: try DeliveryColumns.machine(row, from: 2),
            content: row.isNull(18) ? nil : try Message(row, from: 10))
    }
}

/// Index: `deliveries_waiting`.
struct NextDue: SQLStatement {
    static let sql = """
        SELECT due_at FROM deliveries INDEXED BY deliveries_waiting
        WHERE  state = 'waiting' AND endpoint_key = ?1
        ORDER  BY due_at LIMIT 1
        """

    let endpoint: Int64

    func bind(to statement: SQLiteStatement) { statement.bind(endpoint, at: 1) }

    static func decode(_ row: SQLiteStatement) -> Instant { row.instant(0) }
}

/// What former lives held waits again. What an attempt by hand returns to is kept. Index: `deliveries_in_flight`.
struct TakeOverDeliveries: SQLStatement {
    static let sql = """
        UPDATE deliveries SET state = 'waiting', due_at = ?1, lease = NULL
        WHERE  (message_key, endpoint_key) IN (
                   SELECT message_key, endpoint_key FROM deliveries INDEXED BY deliveries_in_flight
                   WHERE  state = 'in_flight' AND lease < ?2
                   LIMIT  ?3)
        """

    let now: Instant
    let lease: Lease
    let limit: Int

    func bind(to statement: SQLiteStatement) {
        statement.bind(now, at: 1)
        statement.bind(lease.rawValue, at: 2)
        statement.bind(limit, at: 3)
    }
}

/// The greatest lease is the current life's. Index: primary key.
struct GreatestLease: PlainStatement {
    static let sql = "SELECT max(lease) FROM nodes"

    static func decode(_ row: SQLiteStatement) -> Lease? { row.optionalInteger(0).map(Lease.init(rawValue:)) }
}

struct InsertLease: SQLStatement {
    static let sql = "INSERT INTO nodes (lease, started_at) VALUES (?1, ?2)"

    let lease: Lease
    let now: Instant

    func bind(to statement: SQLiteStatement) {
        statement.bind(lease.rawValue, at: 1)
        statement.bind(now, at: 2)
    }
}

/// Keeps the current one, so that the next is greater.
struct ForgetLeases: SQLStatement {
    static let sql = "DELETE FROM nodes WHERE lease < ?1"

    let before: Lease

    func bind(to statement: SQLiteStatement) { statement.bind(before.rawValue, at: 1) }
}

extension SQLiteConnection {
    /// Inside a transaction.
    func claim(_ claim: Claim, at now: Instant) throws(StoreError) -> ClaimedDeliveries {
        var claimed: [HeldDelivery] = []
        var bytes = 0
        let due = DueDeliveries(endpoint: claim.endpoint, now: now, limit: claim.limit)
        let rows = try rows(due) { row in
            bytes += row.content?.payload?.count ?? 0
            return bytes >= Limits.claimedPayloadBytes
        }
        for row in rows {
            let key = DeliveryKey(message: row.message, endpoint: claim.endpoint)
            var machine = row.machine
            if let message = row.content {
                guard machine.claim(under: claim.lease, at: now) else { continue }
                claimed.append(
                    HeldDelivery(message: message, endpoint: claim.endpoint, sequence: row.sequence, machine: machine))
            } else {
                guard machine.cancel(at: now) else { continue }
            }
            try run(ReplaceDelivery(key: key, machine: machine))
        }
        return ClaimedDeliveries(deliveries: claimed, nextDue: try first(NextDue(endpoint: claim.endpoint)))
    }

    /// Inside a transaction. Oldest due first.
    func cancelWaiting(endpoint: Int64, limit: Int, at now: Instant) throws(StoreError) -> Int {
        var count = 0
        for delivery in try all(WaitingDeliveries(endpoint: endpoint, limit: limit)) {
            var machine = delivery.machine
            guard machine.cancel(at: now) else { continue }
            try run(ReplaceDelivery(key: delivery.key, machine: machine))
            count += 1
        }
        return count
    }
}
