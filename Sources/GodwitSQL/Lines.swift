import GodwitCore
import GodwitStore

/// The first line from some number on, with the delivery at its head. Index: `deliveries_lines`, one seek.
struct NextLine: SQLStatement {
    static let sql = """
        SELECT line, due_at FROM deliveries INDEXED BY deliveries_lines
        WHERE  endpoint_key = ?1 AND line >= ?2 AND line IS NOT NULL
        ORDER  BY line, sequence LIMIT 1
        """

    let endpoint: Int64
    let from: Int64

    struct Row {
        let line: Int64
        /// nil when its head isn't waiting: the line gives nothing until that changes.
        let headDue: Instant?
    }

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(from, at: 2)
    }

    static func decode(_ row: some SQLRow) -> Row { Row(line: row.integer(0), headDue: row.optionalInstant(1)) }
}

/// From the head of a line on. Index: `deliveries_lines`, in its order; then messages by key.
struct DeliveriesInLine: DeliveryQuery {
    static let sql = """
        SELECT \(ClaimableDelivery.columns)
        FROM   deliveries INDEXED BY deliveries_lines
               LEFT JOIN messages ON messages.key = deliveries.message_key
        WHERE  deliveries.endpoint_key = ?1 AND deliveries.line = ?2 AND deliveries.line IS NOT NULL
        ORDER  BY deliveries.sequence LIMIT ?3
        """
    /// Waits for another node that claims in this line: to pass over what it holds would break the order.
    static let deliveriesAlone = """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries
        WHERE  endpoint_key = $1 AND line = $2 AND line IS NOT NULL
        ORDER  BY sequence LIMIT $3 FOR UPDATE
        """

    let endpoint: Int64
    let line: Int64
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(line, at: 2)
        statement.bind(limit, at: 3)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> ClaimableDelivery { try ClaimableDelivery(row) }
}

/// Index: `deliveries_lines`.
struct HeadOfLineDelivery: SQLStatement {
    static let sql = """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries INDEXED BY deliveries_lines
        WHERE  endpoint_key = ?1 AND line = ?2 AND line IS NOT NULL
        ORDER  BY sequence LIMIT 1
        """

    let endpoint: Int64
    let line: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(line, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> StoredDelivery { try DeliveriesOfMessage.decode(row) }
}

/// Those that stand in a line in one state. Index: `deliveries_lines`, all of the endpoint.
struct DeliveriesInLines<State: StateInLine>: SQLStatement {
    static var sql: String {
        """
        SELECT message_key, endpoint_key, sequence, \(DeliveryColumns.names) FROM deliveries INDEXED BY deliveries_lines
        WHERE  endpoint_key = ?1 AND line IS NOT NULL AND state = '\(State.name)'
        ORDER  BY line, sequence LIMIT ?2
        """
    }

    let endpoint: Int64
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(limit, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> StoredDelivery { try DeliveriesOfMessage.decode(row) }
}

/// A state, as a part of a statement's text.
protocol StateInLine { static var name: String { get } }

enum WaitingInLine: StateInLine { static let name = "waiting" }
enum DeadInLine: StateInLine { static let name = "exhausted" }

/// Also of those behind others. Index: `deliveries_lines`, all of it. Only for the start.
struct BacklogInLines: PlainStatement {
    static let sql = """
        SELECT endpoint_key, min(due_at) FROM deliveries INDEXED BY deliveries_lines
        WHERE  line IS NOT NULL AND state = 'waiting'
        GROUP  BY endpoint_key
        """

    static func decode(_ row: some SQLRow) -> (endpoint: Int64, due: Instant) { (row.integer(0), row.instant(1)) }
}

/// Walks an endpoint's lines once round, from the one behind where the claim before stopped.
struct LineRound {
    private let claim: Claim
    /// Whether the end of numbers is behind us.
    private var hasTurned: Bool
    /// The next line is this one or a greater; nil when there can be none before the end of numbers.
    private var from: Int64?
    /// The last line that was looked at.
    private(set) var lastLine: Int64

    init(_ claim: Claim) {
        self.claim = claim
        lastLine = claim.afterLine
        // From the least number on, there is nothing to turn for.
        hasTurned = claim.afterLine == .min
        from = hasTurned ? .min : Self.line(behind: claim.afterLine)
    }

    private static func line(behind line: Int64) -> Int64? { line == .max ? nil : line + 1 }

    /// The next line, without going on to it.
    mutating func peek(on connection: some SQLConnection) throws(StoreError) -> NextLine.Row? {
        if !hasTurned {
            if let row = try next(on: connection) { return row }
            hasTurned = true
            from = .min
        }
        guard let row = try next(on: connection) else { return nil }
        return claim.afterLine == .min || row.line <= claim.afterLine ? row : nil
    }

    private func next(on connection: some SQLConnection) throws(StoreError) -> NextLine.Row? {
        guard let from else { return nil }
        return try connection.first(NextLine(endpoint: claim.endpoint, from: from))
    }

    mutating func goOn(to line: Int64) {
        lastLine = line
        from = Self.line(behind: line)
    }
}

extension SQLConnection {
    /// Inside a transaction.
    ///
    /// - Parameter next: when the next one is due of those that stand in no line.
    /// - Returns: when the next one is due of all that this claim leaves and that could be claimed.
    func claimLines(
        _ progress: inout ClaimInProgress, _ round: inout LineRound, next: Instant?
    ) throws(StoreError) -> Instant? {
        let now = progress.now
        var next = next
        var lines = 0
        while lines < Limits.linesPerClaim, progress.room > 0, let line = try round.peek(on: self) {
            round.goOn(to: line.line)
            lines += 1
            var due = line.headDue
            if let headDue = due, headDue <= now {
                let limit = min(Limits.claimedPerLine, progress.room)
                try progress.take(
                    DeliveriesInLine(endpoint: progress.claim.endpoint, line: line.line, limit: limit), on: self
                ) { $0.machine.isClaimable(at: now) }
                // Waiting only if all of them were cancelled: else the head is in flight now.
                let left = try first(NextLine(endpoint: progress.claim.endpoint, from: line.line))
                due = left?.line == line.line ? left?.headDue : nil
            }
            next = [next, due].compactMap(\.self).min()
        }
        // Whether to come back at once: for a line that could be claimed, and never for lines that are all held up.
        var ahead = 0
        while next.map({ $0 > now }) ?? true, let line = try round.peek(on: self) {
            guard ahead < Limits.linesLookedAhead else { return min(next ?? .distantFuture, now + Limits.linesPause) }
            next = [next, line.headDue].compactMap(\.self).min()
            guard line.headDue.map({ $0 > now }) ?? true else { break }
            round.goOn(to: line.line)
            ahead += 1
        }
        return next
    }

    /// Endpoints in the order of their keys. Only for the start.
    func backlog() throws(StoreError) -> [(endpoint: Int64, due: Instant)] {
        var earliest: [Int64: Instant] = [:]
        for row in try all(Backlog()) + all(BacklogInLines()) {
            earliest[row.endpoint] = min(earliest[row.endpoint] ?? row.due, row.due)
        }
        return earliest.sorted { $0.key < $1.key }.map { (endpoint: $0.key, due: $0.value) }
    }

    /// Inside a transaction. Those that stand in no line first, oldest due first.
    func cancelWaiting(endpoint: Int64, limit: Int, at now: Instant) throws(StoreError) -> Int {
        guard try first(FindEndpointByKey(key: endpoint)) == nil else { return 0 }
        var waiting = try all(Locked(WaitingDeliveries(endpoint: endpoint, limit: limit)))
        if waiting.count < limit {
            waiting += try all(
                Locked(DeliveriesInLines<WaitingInLine>(endpoint: endpoint, limit: limit - waiting.count)))
        }
        var count = 0
        for delivery in waiting {
            var machine = delivery.machine
            guard machine.cancel(at: now) else { continue }
            try replace(delivery.key, delivery.machine, with: machine)
            count += 1
        }
        return count
    }

    /// Inside a transaction. Twice releases nothing more.
    func releaseLines(endpoint: Int64, message: Int64?, limit: Int) throws(StoreError) -> Int {
        var dead: [(key: DeliveryKey, machine: DeliveryStateMachine)] = []
        if let message {
            let key = DeliveryKey(message: message, endpoint: endpoint)
            if let machine = try first(Locked(FindDelivery(key: key))) { dead = [(key, machine)] }
        } else {
            dead = try all(Locked(DeliveriesInLines<DeadInLine>(endpoint: endpoint, limit: limit))).map { ($0.key, $0.machine) }
        }
        var count = 0
        for (key, former) in dead.prefix(limit) {
            var machine = former
            guard machine.releaseLine() else { continue }
            try replace(key, former, with: machine)
            count += 1
        }
        return count
    }
}
