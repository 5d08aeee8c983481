import GodwitCore
import GodwitStore

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

    func bind(to statement: some SQLParameters) {
        statement.bind(now, at: 1)
        statement.bind(lease.rawValue, at: 2)
        statement.bind(limit, at: 3)
    }
}

/// The greatest lease is the current life's. Index: primary key.
struct GreatestLease: PlainStatement {
    static let sql = "SELECT max(lease) FROM nodes"

    static func decode(_ row: some SQLRow) -> Lease? { row.optionalInteger(0).map(Lease.init(rawValue:)) }
}

struct InsertLease: SQLStatement {
    static let sql = "INSERT INTO nodes (lease, started_at) VALUES (?1, ?2)"

    let lease: Lease
    let now: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(lease.rawValue, at: 1)
        statement.bind(now, at: 2)
    }
}

/// Keeps the current one, so that the next is greater.
struct ForgetLeases: SQLStatement {
    static let sql = "DELETE FROM nodes WHERE lease < ?1"

    let before: Lease

    func bind(to statement: some SQLParameters) { statement.bind(before.rawValue, at: 1) }
}
