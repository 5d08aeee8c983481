#if Postgres
import GodwitCore
import GodwitSQL
package import GodwitStore

extension PostgresConnection {
    /// Costs no round trip: it goes with the first statement.
    package func begin() throws(StoreError) {
        transaction = nil
        timeline = nil
        isCommitting = false
        try later(PostgresRequest(Begin()), isAwaited: false) { _ in }
        try later(PostgresRequest(BeginTransaction()), isAwaited: false) { [unowned self] rows in
            transaction = rows[0].text(0)
            timeline = rows[0].integer(1)
        }
    }

    package func rollBack() throws(StoreError) {
        queue = PostgresQueue()
        if isInTransaction { try run(Rollback()) }
    }

    /// With what was to be run later, in one round trip. A connection that is lost meanwhile leaves open whether it was carried out:
    /// then the server is asked, as soon as it answers.
    package func commit() throws(StoreError) {
        // By which it is asked.
        if transaction == nil { try flush() }
        isCommitting = true
        let deadline = ContinuousClock.now + patience
        do throws(StoreError) { try run(Commit()) } catch {
            guard isLost, let transaction, let isCommitted = isCommitted(transaction, until: deadline) else { throw error }
            guard isCommitted else {
                isCommitting = false
                throw error
            }
        }
    }

    /// nil when the server doesn't come back in time: then nobody knows.
    private func isCommitted(_ transaction: String, until deadline: ContinuousClock.Instant) -> Bool? {
        while ContinuousClock.now < deadline {
            do {
                let connection = try PostgresConnection(to: address, patience: deadline - .now)
                switch try connection.first(OutcomeOfTransaction(number: transaction)) {
                case .committed(let timeline):
                    // After a failover the number may be that of somebody else's: what the new server hadn't got is counted again.
                    return timeline == self.timeline ? true : nil
                case .aborted: return false
                case .unknown, nil: return nil
                case .inProgress: break
                }
            } catch let error as StoreError where error.code == .unusable {
                // After a failover the new server may never have heard of it.
                return nil
            } catch {}
            pause(Limits.databaseRetryWait)
        }
        return nil
    }
}

/// Reads see what was committed; what is decided on a row has the row's lock. As a role or a database may be set otherwise.
private struct Begin: PlainStatement { static let sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE" }

/// How this transaction is set, and its number. Settings of a session would be lost with a pooler.
///
/// A commit is durable when it is answered. A node that has stopped in the middle, or waits for what another has locked, is ended.
private struct BeginTransaction: PlainStatement {
    static let sql = """
        SELECT pg_current_xact_id()::text, \(PostgresPosition.timeline),
               CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END,
               set_config('idle_in_transaction_session_timeout', '\(Limits.databaseIdleTransaction.wholeMilliseconds)', true),
               set_config('lock_timeout', '\(Limits.databaseLockWait.wholeMilliseconds)', true),
               \(PlannerSettings.text(isLocal: true))
        """
}

/// Statements are planned once for each connection: which of many partitions is meant is found out when they run, and planning anew each
/// time takes longer than that. The planner doesn't know how tables grow that were empty a moment ago, and what it decided then stays:
/// so no plan reads or joins whole tables or sorts what an index has in order; pages cost nothing, or it takes any index of a table
/// of a few pages for as good as any other; and none waits for helpers.
enum PlannerSettings {
    private static let settings = [
        ("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"), ("enable_sort", "off"), ("random_page_cost", "0"), ("seq_page_cost", "0"), ("jit", "off"),
        ("max_parallel_workers_per_gather", "0"),
    ]

    /// Of a transaction, or of a session.
    static func text(isLocal: Bool) -> String {
        settings.map { "set_config('\($0)', '\($1)', \(isLocal))" }.joined(separator: ", ")
    }
}

private struct OutcomeOfTransaction: SQLStatement {
    static let sql = "SELECT pg_xact_status(?1::xid8), \(PostgresPosition.timeline)"
    static var postgreSQL: String { PostgreSQLText.translate(sql) }

    enum Outcome {
        /// On which timeline of the server: each failover begins one.
        case committed(timeline: Int64)
        case aborted
        case inProgress
        case unknown
    }

    let number: String

    func bind(to statement: some SQLParameters) { statement.bind(number, at: 1) }

    static func decode(_ row: some SQLRow) -> Outcome {
        switch row.isNull(0) ? "" : row.text(0) {
        case "committed": .committed(timeline: row.integer(1))
        case "in progress": .inProgress
        case "aborted": .aborted
        default: .unknown
        }
    }
}
#endif
