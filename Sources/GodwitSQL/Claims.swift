import GodwitCore
import GodwitStore

/// What a claim reads of a delivery and its message; the message is absent when there is nothing left to send.
struct ClaimableDelivery {
    let key: DeliveryKey
    let sequence: Int64
    let machine: DeliveryStateMachine
    let content: Message?

    static let columns = """
        deliveries.message_key, deliveries.endpoint_key, deliveries.sequence, \(DeliveryColumns.qualifiedNames), \
        \(MessageColumns.qualifiedNames)
        """

    init(_ delivery: StoredDelivery, _ message: Message?) {
        key = delivery.key
        sequence = delivery.sequence
        machine = delivery.machine
        content = message?.payload == nil ? nil : message
    }

    init(_ row: some SQLRow) throws(StoreError) {
        key = DeliveryKey(message: row.integer(0), endpoint: row.integer(1))
        sequence = row.integer(2)
        machine = try DeliveryColumns.machine(row, from: 3)
        let message = 3 + DeliveryColumns.count
        content = row.isNull(message + MessageColumns.payload) ? nil : try Message(row, from: message)
    }
}

/// Of those that stand in no line: the twin of `DeliveryStateMachine.isClaimable`. Index: `deliveries_waiting`, in its order; then
/// messages by key.
struct DueDeliveries: DeliveryQuery {
    static let sql = """
        SELECT \(ClaimableDelivery.columns)
        FROM   deliveries INDEXED BY deliveries_waiting
               LEFT JOIN messages ON messages.key = deliveries.message_key
        WHERE  deliveries.state = 'waiting' AND deliveries.line IS NULL AND deliveries.endpoint_key = ?1
               AND deliveries.due_at <= ?2
        ORDER  BY deliveries.due_at, deliveries.message_key LIMIT ?3
        """
    /// What another node is about to claim is left to it.
    static let deliveriesAlone = """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries
        WHERE  state = 'waiting' AND line IS NULL AND endpoint_key = $1 AND due_at <= $2
        ORDER  BY due_at, message_key LIMIT $3 FOR UPDATE SKIP LOCKED
        """

    let endpoint: Int64
    let now: Instant
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(now, at: 2)
        statement.bind(limit, at: 3)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> ClaimableDelivery { try ClaimableDelivery(row) }
}

/// Of those that stand in no line. Index: `deliveries_waiting`.
struct NextDue: SQLStatement {
    static let sql = """
        SELECT due_at FROM deliveries INDEXED BY deliveries_waiting
        WHERE  state = 'waiting' AND line IS NULL AND endpoint_key = ?1
        ORDER  BY due_at LIMIT 1
        """

    let endpoint: Int64

    func bind(to statement: some SQLParameters) { statement.bind(endpoint, at: 1) }

    static func decode(_ row: some SQLRow) -> Instant { row.instant(0) }
}

/// One claim as it goes on, inside a transaction.
struct ClaimInProgress {
    let claim: Claim
    let now: Instant
    private(set) var claimed: [HeldDelivery] = []
    private(set) var bytes = 0
    private var looked = 0

    init(_ claim: Claim, at now: Instant) {
        self.claim = claim
        self.now = now
    }

    /// Deliveries that may still be looked at. What is cancelled counts too: a claim is bounded work.
    var room: Int { bytes >= Limits.claimedPayloadBytes ? 0 : claim.limit - looked }

    /// - Parameter isNext: whether a row is one of those wanted; the first that isn't ends them.
    mutating func take<Query: DeliveryQuery>(
        _ query: Query, on connection: some SQLConnection, while isNext: (ClaimableDelivery) -> Bool = { _ in true }
    ) throws(StoreError) where Query.Row == ClaimableDelivery {
        var wanted: [ClaimableDelivery] = []
        var bytes = bytes
        _ = try connection.rows(query, from: { .init($0, $1) }) { row in
            guard isNext(row) else { return true }
            wanted.append(row)
            bytes += row.content?.contentBytes ?? 0
            return bytes >= Limits.claimedPayloadBytes
        }
        self.bytes = bytes
        looked += wanted.count
        for row in wanted {
            var machine = row.machine
            if let message = row.content, !message.timing.isExpired(at: now) {
                guard machine.claim(under: claim.lease, at: now) else { continue }
                claimed.append(
                    HeldDelivery(message: message, endpoint: claim.endpoint, sequence: row.sequence, machine: machine))
            } else {
                guard machine.cancel(at: now) else { continue }
            }
            try connection.replace(row.key, row.machine, with: machine)
        }
    }
}

extension SQLConnection {
    /// Inside a transaction.
    func claim(_ claim: Claim, at now: Instant) throws(StoreError) -> ClaimedDeliveries {
        var progress = ClaimInProgress(claim, at: now)
        if progress.room > 0 {
            try progress.take(DueDeliveries(endpoint: claim.endpoint, now: now, limit: progress.room), on: self)
        }
        var round = LineRound(claim)
        let next = try claimLines(&progress, &round, next: first(NextDue(endpoint: claim.endpoint)))
        return ClaimedDeliveries(deliveries: progress.claimed, nextDue: next, lastLine: round.lastLine)
    }
}
