#if Postgres
import GodwitSQL

/// One range of keys. Its tables have its number in their names.
struct Partition: Hashable {
    let number: Int64
    /// The least key behind it. The last one has none.
    let ends: Int64?
    /// Milliseconds since 1970 from which on nothing in it can be sent again, as far as it was looked at.
    let overSince: Int64?
}

/// A table that is spread over ranges, the same for all of them.
enum PartitionedTable: String, CaseIterable {
    case messages
    case labels = "message_labels"
    case deliveries
    case attempts

    var name: String { rawValue }

    var key: String { self == .messages ? "key" : "message_key" }

    func partition(_ number: Int64) -> String { "\(name)_p\(number)" }

    /// Not inherited from the table that is spread, so each partition has them. As migration 5 has them.
    private var settings: String {
        let always = "autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02"
        switch self {
        case .messages: return "autovacuum_vacuum_scale_factor = 0.05, " + always
        case .deliveries: return "autovacuum_vacuum_scale_factor = 0.02, " + always
        case .labels, .attempts: return always
        }
    }

    /// Not of the table yet, so nobody waits for it.
    func creation(_ number: Int64) -> String {
        """
        CREATE TABLE \(partition(number)) (LIKE \(name) INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)
            WITH (\(settings));
        """
    }

    func detachment(_ number: Int64) -> String { "ALTER TABLE \(name) DETACH PARTITION \(partition(number));\n" }

    /// - Parameters:
    ///   - first: the least key in it; nil: it has no beginning.
    ///   - end: the least key behind it; nil: it has no end.
    func attachment(_ number: Int64, from first: Int64?, to end: Int64?) -> String {
        let bounds = "FROM (\(first.map(String.init) ?? "MINVALUE")) TO (\(end.map(String.init) ?? "MAXVALUE"))"
        return "ALTER TABLE \(name) ATTACH PARTITION \(partition(number)) FOR VALUES \(bounds);\n"
    }

    /// Between two that are attached to nothing, so no trigger hears of it.
    func move(from number: Int64, to other: Int64, since key: Int64) -> String {
        """
        WITH moved AS (DELETE FROM \(partition(number)) WHERE \(self.key) >= \(key) RETURNING *)
            INSERT INTO \(partition(other)) SELECT * FROM moved;

        """
    }
}

/// In the order of keys.
struct ListPartitions: PlainStatement {
    static let sql = "SELECT number, ends, over_since FROM partitions ORDER BY ends NULLS LAST"

    static func decode(_ row: some SQLRow) -> Partition {
        Partition(
            number: row.integer(0), ends: row.isNull(1) ? nil : row.integer(1), overSince: row.isNull(2) ? nil : row.integer(2))
    }
}

/// Milliseconds since 1970.
struct DatabaseClock: PlainStatement {
    static let sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Whether a range can be dropped. By indexes that hold only what is still to be done.
struct StateOfPartition: SQLStatement {
    static let sql = "SELECT \(PostgreSQLText.schema).partition_state(?1, ?2)"

    enum State {
        case empty
        /// Nothing in it can be sent again.
        case over
        /// A payload may still be sent, a delivery has not come to an end, or one holds up a line.
        case held
    }

    let number: Int64
    let now: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(number, at: 1)
        statement.bind(now, at: 2)
    }

    static func decode(_ row: some SQLRow) -> State {
        switch row.integer(0) {
        case 0: .empty
        case 1: .over
        default: .held
        }
    }
}

/// The greatest key in a range that is less than another one.
struct ReachOfPartition: SQLStatement {
    static let sql = "SELECT \(PostgreSQLText.schema).partition_reach(?1, ?2)"

    let number: Int64
    let below: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(number, at: 1)
        statement.bind(below, at: 2)
    }

    static func decode(_ row: some SQLRow) -> Int64? { row.isNull(0) ? nil : row.integer(0) }
}

/// One node at a time changes ranges; another one leaves it at that. "Godw", and four.
struct TryLockPartitions: PlainStatement {
    static let sql = "SELECT CASE WHEN pg_try_advisory_xact_lock(1198485627) THEN 1 ELSE 0 END"

    static func decode(_ row: some SQLRow) -> Bool { row.integer(0) != 0 }
}

struct NotePartitionIsOver: SQLStatement {
    static let sql = "UPDATE partitions SET over_since = ?2 WHERE number = ?1"

    let number: Int64
    let since: Int64?

    func bind(to statement: some SQLParameters) {
        statement.bind(number, at: 1)
        statement.bind(since, at: 2)
    }
}

/// Of messages that went with their range. Twice removes nothing more. Index: `event_ids_by_message`.
struct ForgetEventIDs: SQLStatement {
    static let sql = """
        DELETE FROM event_ids
        WHERE  message_key IN (
                   SELECT message_key FROM event_ids WHERE message_key >= ?1 AND message_key < ?2
                   ORDER BY message_key LIMIT ?3)
        """

    let first: Int64
    let end: Int64
    let limit: Int64

    func bind(to statement: some SQLParameters) {
        statement.bind(first, at: 1)
        statement.bind(end, at: 2)
        statement.bind(limit, at: 3)
    }
}
#endif
