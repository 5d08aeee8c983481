#if Postgres
import GodwitSQL

/// How far a server has come: all that was committed before is there.
struct PostgresPosition: Hashable, Sendable {
    /// Counts failovers: what was written on one that nobody followed says nothing of the next.
    let timeline: Int64
    /// Bytes of the write-ahead log.
    let log: Int64

    func holds(_ other: PostgresPosition) -> Bool { timeline == other.timeline && log >= other.log }

    /// Of a server that can be written to, as SQL. The name of a file of the log begins with it.
    static let timeline = "('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::bigint"
}

/// Of the server that we write to.
struct FindPosition: PlainStatement {
    static let sql = """
        SELECT \(PostgresPosition.timeline), (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint
        """

    static func decode(_ row: some SQLRow) -> PostgresPosition {
        PostgresPosition(timeline: row.integer(0), log: row.integer(1))
    }
}

/// Of any server. One that follows says of which timeline it is after its next restart point only: until then it is too careful.
struct FindReplayed: PlainStatement {
    static let sql = """
        SELECT CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
                    ELSE \(PostgresPosition.timeline) END,
               (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END
                - '0/0'::pg_lsn)::bigint
        """

    static func decode(_ row: some SQLRow) -> PostgresPosition {
        PostgresPosition(timeline: row.integer(0), log: row.integer(1))
    }
}

/// Of a database, and the same for all servers that follow each other.
struct FindIdentity: PlainStatement {
    static let sql = """
        SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
        FROM   pg_control_system()
        """

    static func decode(_ row: some SQLRow) -> String { row.text(0) }
}
#endif
