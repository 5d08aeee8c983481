#if Postgres
import GodwitCore
import GodwitStore
import Testing

@testable import GodwitPostgres
@testable import GodwitSQL

@Suite("PostgreSQL plans")
struct PostgresPlanTests {
    enum Shape {
        /// One partition of each table is looked at.
        case single
        /// Partitions one after the other, in the order of keys, until there is enough.
        case ordered
        /// The heads of an index of each partition.
        case merged
    }

    struct Expectation: CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let arguments: [String]
        let shape: Shape

        init(testDescription: String, sql: String, arguments: [String], shape: Shape) {
            self.testDescription = testDescription
            self.sql = sql
            self.arguments = arguments
            self.shape = shape
        }

        init<Statement: SQLStatement>(_ name: String, _: Statement.Type, _ arguments: [String], _ shape: Shape) {
            testDescription = name
            sql = PostgreSQLText.qualify(Statement.postgreSQL)
            self.arguments = arguments
            self.shape = shape
        }

        init<Query: DeliveryQuery>(alone name: String, _: Query.Type, _ arguments: [String], _ shape: Shape) {
            testDescription = name
            sql = PostgreSQLText.qualify(Query.deliveriesAlone)
            self.arguments = arguments
            self.shape = shape
        }
    }

    /// Of one row.
    private static func batch(_ name: String, _ sql: String, _ arguments: [String], last: [String] = []) -> Expectation {
        Expectation(
            testDescription: name, sql: PostgreSQLText.qualify(sql), arguments: arguments.map { "'{\($0)}'" } + last,
            shape: .single)
    }

    /// A message in the middle of those that are there.
    private static let key = "\(PartitionPlan.keysPerDay * 5 + 500)"
    private static let all = ["0", "9223372036854775807"]

    static let expectations = [
        Expectation("message", FindMessage.self, [key, "'m'", "1"], .single),
        Expectation("message by key", FindMessageByKey.self, [key], .single),
        Expectation("messages by key", MessagesByKey.self, ["'[\(key)]'"], .single),
        Expectation("message by event id", FindMessageByEventID.self, ["1", "'e5-500'"], .single),
        Expectation("delivery", FindDelivery.self, [key, "1"], .single),
        Expectation("deliveries", Locked<DeliveriesOfMessage>.self, [key], .single),
        Expectation(
            "move", MoveDelivery.self, [key, "1", "3", "'delivered'", "NULL", "NULL", "5", "1", "1", "NULL", "NULL", "NULL"],
            .single),
        Expectation(
            "replace", ReplaceDelivery.self, [key, "1", "'delivered'", "NULL", "NULL", "5", "1", "1", "NULL", "NULL", "NULL"],
            .single),
        batch(
            "moves", MoveDelivery.postgreSQLBatch,
            [key, "1", "3", "delivered", "NULL", "NULL", "5", "1", "1", "NULL", "NULL", "NULL"], last: [key]),
        batch(
            "replacements", ReplaceDelivery.postgreSQLBatch,
            [key, "1", "delivered", "NULL", "NULL", "5", "1", "1", "NULL", "NULL", "NULL"], last: [key]),
        batch("event ids", FindEventID.postgreSQLBatch, ["1", "e5-500"]),
        Expectation("event id", FindEventID.self, ["1", "'e5-500'"], .single),
        Expectation("withdrawal", WithdrawMessage.self, [key, "5"], .single),
        Expectation("attempt", FindAttempt.self, [key, "1", "'a'"], .single),
        Expectation("may be sent", MayBeSent.self, [key, "5"], .single),
        Expectation("messages", ListMessages<Downwards>.self, ["1"] + all + ["51"], .ordered),
        Expectation("messages upwards", ListMessages<Upwards>.self, ["1"] + all + ["51"], .ordered),
        Expectation("messages of a type", MessageKeysOfType<Downwards>.self, ["1", "'a'"] + all + ["51"], .ordered),
        Expectation("horizon by a label", LabelHorizon<Downwards>.self, ["1", "'tag:t'"] + all + ["51"], .ordered),
        Expectation("dead letters", ListDeadLetters<Upwards>.self, ["1", "0", "51"], .ordered),
        Expectation("messages to purge", MessagesToPurge.self, ["1"] + all + ["51"], .ordered),
        Expectation(
            "horizon of an endpoint's messages", EndpointMessageHorizon<AllOfEndpoint, Downwards>.self, ["1"] + all + ["51"],
            .ordered),
        Expectation(alone: "claim", DueDeliveries.self, ["1", "9", "100"], .merged),
        Expectation("next due", NextDue.self, ["1"], .merged),
        Expectation(alone: "claim in a line", DeliveriesInLine.self, ["1", "1", "100"], .merged),
        Expectation("next line", NextLine.self, ["1", "0"], .merged),
        Expectation(alone: "feed", FeedEntries.self, ["1", "0", "100"], .merged),
        Expectation("first number", FirstSequence.self, ["1", "0"], .merged),
        Expectation("delivery of a number", DeliveryOfSequence.self, ["1", "1"], .merged),
        Expectation("take over", TakeOverLease.self, ["5", "3", "100"], .merged),
        Expectation("expiry", ExpungePayloads.self, ["5", "100"], .merged),
        Expectation(
            "attempts of an endpoint", AttemptHorizon<AttemptsOfEndpoint, Downwards>.self, ["1"] + all + ["51"], .merged),
    ]

    /// 40 ranges of a day, with 5,000 messages in each of 8; or all of them as empty as they are when plans are first made.
    private static func fill(_ database: PostgresConnection, isEmpty: Bool) throws {
        try database.migrate(isMade: false)
        try database.execute(
            """
            SET search_path = godwit, pg_catalog;
            DO $$
            DECLARE
                name text;
                ends bigint := \(PartitionPlan.keysPerDay);
            BEGIN
                DELETE FROM partitions;
                FOREACH name IN ARRAY ARRAY['messages', 'message_labels', 'deliveries', 'attempts'] LOOP
                    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', name, name || '_p1');
                    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', name, name || '_p2');
                    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%s)', name, name || '_p1', ends);
                    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (MAXVALUE)', name, name || '_p2',
                                   ends * 39);
                    FOR n IN 3..40 LOOP
                        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', name || '_p' || n, name,
                                       ends * (n - 2), ends * (n - 1));
                    END LOOP;
                END LOOP;
            END $$;
            """)
        guard !isEmpty else { return }
        try database.execute(
            """
            INSERT INTO messages (key, id, application_key, event_type, event_id, created_at, payload_expires_at, payload)
                SELECT day * \(PartitionPlan.keysPerDay) + n, 'm', 1, 'a', 'e' || day || '-' || n, 1, 1, '{}'
                FROM   generate_series(0, 7) AS day, generate_series(1, 5000) AS n;
            INSERT INTO message_labels SELECT 1, 'tag:t', key FROM messages;
            INSERT INTO deliveries (message_key, endpoint_key, sequence, state, finished_at, attempts, scheduled_attempts)
                SELECT key, 1, row_number() OVER (ORDER BY key), 'delivered', 5, 1, 1 FROM messages;
            INSERT INTO attempts (message_key, key, id, endpoint_key, application_key, number, cause, started_at, total_us, succeeded,
                                  url, status, body)
                SELECT key, key + 1, 'a', 1, 1, 1, 0, 1, 1, 1, 'http://a/', 200, '' FROM messages;
            ANALYZE;
            """)
    }

    @Test("look at one partition, or in order, and never read a whole one", arguments: [false, true])
    func plans(areMadeWhileEmpty: Bool) throws {
        let database = try PostgresConnection.open(try TestDatabases.create())
        try Self.fill(database, isEmpty: areMadeWhileEmpty)
        for (index, expectation) in Self.expectations.enumerated() {
            try database.execute("PREPARE s\(index) AS \(expectation.sql)")
            // As those that write are planned, and those that read.
            try database.begin()
            check(expectation, try plan(index, expectation, database))
            try database.rollBack()
            try database.execute("BEGIN; DEALLOCATE s\(index); PREPARE s\(index) AS \(expectation.sql)")
            check(expectation, try plan(index, expectation, database))
            try database.execute("ROLLBACK")
        }
    }

    private func plan(_ index: Int, _ expectation: Expectation, _ database: PostgresConnection) throws -> [String] {
        try database.flush()
        let run = "EXECUTE s\(index)(\(expectation.arguments.joined(separator: ", ")))"
        return try database.lines("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) \(run)")
    }

    private func check(_ expectation: Expectation, _ plan: [String]) {
        func expect(_ isTrue: Bool, _ what: String) {
            #expect(isTrue, "\(expectation.testDescription), \(what):\n\(plan.joined(separator: "\n"))")
        }
        expect(!plan.contains { $0.contains("Seq Scan on") && !$0.contains(" on unnest") }, "reads a whole table")
        expect(!plan.contains { $0.contains("Hash Join") || $0.contains("Merge Join") }, "joins whole tables")
        // Parts that were looked at. An index is used, and by its key.
        let scans = plan.indices.filter {
            plan[$0].contains("Index") && plan[$0].contains("Scan") && !plan[$0].contains("never executed")
        }
        for table in PartitionedTable.allCases {
            let looked = scans.filter { plan[$0].contains(" on \(table.name)_p") }
            if case .single = expectation.shape { expect(looked.count <= 2, "looks at many partitions") }
        }
        switch expectation.shape {
        case .single: break
        case .ordered: expect(!plan.contains { $0.contains("Sort") || $0.contains("Merge Append") }, "sorts")
        case .merged: expect(!plan.contains { $0.contains("->  Sort ") }, "sorts")
        }
    }
}
#endif
