package import GodwitCore
package import GodwitStore

// The nodes of a database that several of them share. For PostgreSQL alone, by its own clock.

/// Until the transaction ends nobody gives the lease up. Index: primary key.
struct HoldLease: SQLStatement {
    static let sql = "SELECT lease FROM nodes WHERE lease = ?1 AND NOT given_up FOR KEY SHARE"

    let lease: Lease

    func bind(to statement: some SQLParameters) { statement.bind(lease.rawValue, at: 1) }

    static func decode(_ row: some SQLRow) -> Lease { Lease(rawValue: row.integer(0)) }
}

/// Waits for transactions that hold it. Index: primary key.
struct LockLease: SQLStatement {
    static let sql = "SELECT lease FROM nodes WHERE lease = ?1 FOR UPDATE"

    let lease: Lease

    func bind(to statement: some SQLParameters) { statement.bind(lease.rawValue, at: 1) }

    static func decode(_ row: some SQLRow) -> Lease { HoldLease.decode(row) }
}

/// Unless it was renewed within the span. Twice is once. Index: primary key.
struct GiveUpLease: SQLStatement {
    static let sql = """
        UPDATE nodes SET given_up = true
        WHERE  lease = ?1 AND renewed_at <= clock_timestamp() - ?2 * interval '1 millisecond'
        """

    let lease: Lease
    let silence: Duration

    func bind(to statement: some SQLParameters) {
        statement.bind(lease.rawValue, at: 1)
        statement.bind(silence.wholeMilliseconds, at: 2)
    }
}

/// Index: primary key.
struct LeaseIsGivenUp: SQLStatement {
    static let sql = "SELECT given_up FROM nodes WHERE lease = ?1"

    let lease: Lease

    func bind(to statement: some SQLParameters) { statement.bind(lease.rawValue, at: 1) }

    static func decode(_ row: some SQLRow) -> Bool { row.bool(0) }
}

/// What a lease held that was given up waits again. What an attempt by hand returns to is kept. Several nodes may do it at once.
/// Index: `deliveries_in_flight`.
struct TakeOverLease: SQLStatement {
    static let sql = """
        WITH held AS MATERIALIZED (
            SELECT message_key, endpoint_key FROM deliveries
            WHERE  state = 'in_flight' AND lease = ?2
                   AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.lease = ?2 AND NOT given_up)
            LIMIT  ?3 FOR UPDATE SKIP LOCKED)
        UPDATE deliveries SET state = 'waiting', due_at = ?1, lease = NULL
        FROM   held
        WHERE  deliveries.message_key = held.message_key AND deliveries.endpoint_key = held.endpoint_key
        """

    let lease: Lease
    let now: Instant
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(now, at: 1)
        statement.bind(lease.rawValue, at: 2)
        statement.bind(limit, at: 3)
    }
}

/// Twice is once. Index: primary key.
struct RemoveLease: SQLStatement {
    static let sql = "DELETE FROM nodes WHERE lease = ?1 AND given_up"

    let lease: Lease

    func bind(to statement: some SQLParameters) { statement.bind(lease.rawValue, at: 1) }
}

/// One node begins at a time, so that no two get one slot.
package struct AwaitBeginning: PlainStatement {
    package static let sql = "SELECT pg_advisory_xact_lock(1198485626)"

    package init() {}
    package static func decode(_ row: some SQLRow) {}
}

/// The slots that are taken: of as many nodes as there are.
package struct TakenSlots: PlainStatement {
    package static let sql = "SELECT lease % \(Limits.nodes) FROM nodes"

    package init() {}
    package static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

package struct NextLease: PlainStatement {
    package static let sql = "SELECT nextval('godwit.node_leases')"

    package init() {}
    package static func decode(_ row: some SQLRow) -> Lease { Lease(rawValue: row.integer(0)) }
}

package struct InsertNode: SQLStatement {
    package static let sql = """
        INSERT INTO nodes (lease, started_at, role, renewed_at, given_up) VALUES (?1, ?2, ?3, clock_timestamp(), false)
        """

    let lease: Lease
    let role: NodeRole
    let now: Instant

    package init(lease: Lease, role: NodeRole, now: Instant) {
        (self.lease, self.role, self.now) = (lease, role, now)
    }

    package func bind(to statement: some SQLParameters) {
        statement.bind(lease.rawValue, at: 1)
        statement.bind(now, at: 2)
        statement.bind(role.rawValue, at: 3)
    }
}

/// Nothing, if it was given up. Index: primary key.
package struct RenewLease: SQLStatement {
    package static let sql = """
        UPDATE nodes SET renewed_at = clock_timestamp(), role = ?2 WHERE lease = ?1 AND NOT given_up
        """

    let lease: Lease
    let role: NodeRole

    package init(lease: Lease, role: NodeRole) { (self.lease, self.role) = (lease, role) }

    package func bind(to statement: some SQLParameters) {
        statement.bind(lease.rawValue, at: 1)
        statement.bind(role.rawValue, at: 2)
    }
}

package struct ListNodes: PlainStatement {
    package static let sql = """
        SELECT lease, role, CAST(extract(epoch FROM clock_timestamp() - renewed_at) * 1000 AS bigint), given_up,
               CAST(extract(epoch FROM renewed_at) * 1000000 AS bigint)
        FROM   nodes ORDER BY lease
        """

    package init() {}

    package static func decode(_ row: some SQLRow) throws(StoreError) -> Node {
        Node(
            lease: Lease(rawValue: row.integer(0)), role: NodeRole(rawValue: row.text(1)) ?? .all,
            silence: .milliseconds(row.integer(2)), sign: row.integer(4), isGivenUp: row.bool(3))
    }
}

package struct TimeOfDay: PlainStatement {
    package static let sql = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)"

    package init() {}
    package static func decode(_ row: some SQLRow) -> Instant { row.instant(0) }
}
