import GodwitCore
package import GodwitStore

// What nodes tell each other through the database that they share.

/// Wakes the nodes that listen, when the transaction is committed; nothing depends on it.
struct Notify: PlainStatement {
    static let sql = "SELECT pg_notify('godwit', '')"

    static func decode(_ row: some SQLRow) {}
}

package struct Listen: PlainStatement {
    package static let sql = "LISTEN godwit"

    package init() {}
}

struct InsertChange: SQLStatement {
    static let sql = "INSERT INTO changes (kind, key, other, at) VALUES (?1, ?2, ?3, ?4)"

    let subject: ChangeSubject
    let now: Instant

    func bind(to statement: some SQLParameters) {
        let (kind, key, other) = subject.columns
        statement.bind(kind, at: 1)
        statement.bind(key, at: 2)
        statement.bind(other, at: 3)
        statement.bind(now, at: 4)
    }
}

/// Index: primary key.
struct ChangesAfter: SQLStatement {
    static let sql = "SELECT revision, kind, key, other FROM changes WHERE revision > ?1 ORDER BY revision LIMIT ?2"

    let revision: Int64
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(revision, at: 1)
        statement.bind(limit, at: 2)
    }

    /// No subject: of a kind that only a newer node knows.
    static func decode(_ row: some SQLRow) -> (revision: Int64, subject: ChangeSubject?) {
        (row.integer(0), ChangeSubject(kind: row.integer(1), key: row.integer(2), other: row.integer(3)))
    }
}

/// Those of the least revisions. Index: primary key, from its start.
struct ForgetChanges: SQLStatement {
    static let sql = """
        WITH old AS MATERIALIZED (
            SELECT revision FROM changes WHERE at < ?1 ORDER BY revision LIMIT ?2 FOR UPDATE SKIP LOCKED)
        DELETE FROM changes USING old WHERE changes.revision = old.revision
        """

    let before: Instant
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(before, at: 1)
        statement.bind(limit, at: 2)
    }
}

/// Index: primary key, at its end.
package struct GreatestRevision: PlainStatement {
    package static let sql = "SELECT coalesce(max(revision), 0) FROM changes"

    package init() {}
    package static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// The earlier of two stands. Index: primary key.
struct UpsertWake: BatchedStatement {
    static let sql = """
        INSERT INTO wakes (endpoint_key, due_at) VALUES (?1, ?2)
        ON CONFLICT (endpoint_key) DO UPDATE
        SET    due_at = least(wakes.due_at, excluded.due_at), number = nextval('godwit.wake_numbers')
        """

    static let postgreSQLBatch = BatchText.insertion(postgreSQL, [.bigint, .bigint])

    let wake: Wake

    var row: WrittenRow { WrittenRow(.wakes, wake.endpoint) }

    func bind(to statement: some SQLParameters) {
        statement.bind(wake.endpoint, at: 1)
        statement.bind(wake.due, at: 2)
    }
}

/// One that was renewed has another number, and stays. The table is as small as what was not heard yet.
struct DeleteWakes: SQLStatement {
    static let sql = "DELETE FROM wakes WHERE number IN (SELECT CAST(value AS bigint) FROM json_each(?1))"

    let numbers: [Int64]

    func bind(to statement: some SQLParameters) { statement.bindText(StoredJSON.write(numbers), at: 1) }
}

package struct ListWakes: PlainStatement {
    package static let sql = "SELECT number, endpoint_key, due_at FROM wakes ORDER BY number LIMIT \(Limits.wakesRead)"

    package init() {}

    package static func decode(_ row: some SQLRow) -> NumberedWake {
        NumberedWake(number: row.integer(0), wake: Wake(endpoint: row.integer(1), due: row.instant(2)))
    }
}

extension ChangeSubject {
    fileprivate var columns: (kind: Int64, key: Int64, other: Int64) {
        switch self {
        case .application(let key): (1, key, 0)
        case .endpoint(let key): (2, key, 0)
        case .integration(let key): (3, key, 0)
        case .withdrawn(let delivery): (4, delivery.message, delivery.endpoint)
        case .departed(let lease): (5, lease.rawValue, 0)
        case .learnt(let endpoint, let news, let lease):
            switch news {
            case .paused(let span): (6, endpoint, Self.pack(lease, span))
            case .opened(let span): (7, endpoint, Self.pack(lease, span))
            case .answers: (8, endpoint, Self.pack(lease, .zero))
            }
        }
    }

    private static let spanBits = 28

    /// Two numbers in one: the lease, and milliseconds of up to three days, which is more than any pause.
    private static func pack(_ lease: Lease, _ span: Duration) -> Int64 {
        lease.rawValue << spanBits | max(0, min(span.wholeMilliseconds, 1 << spanBits - 1))
    }

    private static func unpack(_ packed: Int64) -> (lease: Lease, span: Duration) {
        (Lease(rawValue: packed >> spanBits), .milliseconds(packed & (1 << spanBits - 1)))
    }

    fileprivate init?(kind: Int64, key: Int64, other: Int64) {
        switch kind {
        case 1: self = .application(key)
        case 2: self = .endpoint(key)
        case 3: self = .integration(key)
        case 4: self = .withdrawn(DeliveryKey(message: key, endpoint: other))
        case 5: self = .departed(Lease(rawValue: key))
        case 6: self = .learnt(endpoint: key, .paused(Self.unpack(other).span), by: Self.unpack(other).lease)
        case 7: self = .learnt(endpoint: key, .opened(Self.unpack(other).span), by: Self.unpack(other).lease)
        case 8: self = .learnt(endpoint: key, .answers, by: Self.unpack(other).lease)
        default: return nil
        }
    }
}
