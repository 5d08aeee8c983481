import GodwitCore
import GodwitStore
import Testing

@testable import GodwitSQL
@testable import GodwitSQLite

@Suite("SQLite plans")
struct SQLitePlanTests {
    /// Statement by statement: what a plan must name.
    static let expectations: [(name: String, sql: String, uses: String)] = [
        ("claim", DueDeliveries.sql, "USING INDEX deliveries_waiting (endpoint_key=? AND due_at<?)"),
        ("claim's messages", DueDeliveries.sql, "SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)"),
        ("next due", NextDue.sql, "USING COVERING INDEX deliveries_waiting (endpoint_key=?)"),
        ("backlog", Backlog.sql, "SCAN deliveries USING COVERING INDEX deliveries_waiting"),
        ("waiting", WaitingDeliveries.sql, "USING INDEX deliveries_waiting (endpoint_key=?)"),
        ("next line", NextLine.sql, "USING COVERING INDEX deliveries_lines (endpoint_key=? AND line>?)"),
        ("claim in a line", DeliveriesInLine.sql, "USING INDEX deliveries_lines (endpoint_key=? AND line=?)"),
        ("claim in a line's messages", DeliveriesInLine.sql, "SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)"),
        ("head of a line", HeadOfLineDelivery.sql, "USING INDEX deliveries_lines (endpoint_key=? AND line=?)"),
        ("waiting in lines", DeliveriesInLines<WaitingInLine>.sql, "USING INDEX deliveries_lines (endpoint_key=? AND line>?)"),
        ("backlog in lines", BacklogInLines.sql, "SCAN deliveries USING COVERING INDEX deliveries_lines"),
        (
            "dead letters", ListDeadLetters<Downwards>.sql,
            "USING INDEX deliveries_dead (endpoint_key=? AND message_key<?)"
        ),
        ("endpoints then", EndpointsAt.sql, "USING INDEX endpoints_ever (application_key=?)"),
        ("subscription then", SubscriptionAt.sql, "USING PRIMARY KEY (endpoint_key=? AND valid_until>?)"),
        ("forgetting subscriptions", ForgetSubscriptions.sql, "USING PRIMARY KEY (endpoint_key=? AND valid_until<?)"),
        ("replays under way", CountReplaysUnderWay.sql, "USING COVERING INDEX replays_under_way (endpoint_key=?"),
        ("running replays", RunningReplays.sql, "USING COVERING INDEX replays_under_way"),
        (
            "replays of an application", ListReplaysOfApplication<Downwards>.sql,
            "USING INDEX replays_by_application (application_key=? AND key<?)"
        ),
        (
            "replays of an endpoint", ListReplaysOfEndpoint<Upwards>.sql,
            "USING INDEX replays_by_endpoint (endpoint_key=? AND key>?)"
        ),
        (
            "replays of an organization", ListReplaysOfOrganization<Upwards>.sql,
            "USING INDEX replays_by_organization (organization=? AND key>?)"
        ),
        (
            "replay's messages", ReplayCandidates<AllMessages>.sql,
            "USING INDEX messages_list (application_key=? AND key>? AND key<?)"
        ),
        (
            "replay's deliveries", ReplayCandidates<AllMessages>.sql,
            "USING PRIMARY KEY (message_key=? AND endpoint_key=?) LEFT-JOIN"
        ),
        (
            "replay's dead letters", ReplayCandidates<DeadLettersOnly>.sql,
            "USING INDEX deliveries_dead (endpoint_key=? AND message_key>? AND message_key<?)"
        ),
        ("replay's horizon", ReplayHorizon<AllMessages>.sql, "USING COVERING INDEX messages_list"),
        ("replay's horizon of dead letters", ReplayHorizon<DeadLettersOnly>.sql, "INDEX deliveries_dead"),
        ("count of a replay", CountReplayCandidates<DeadLettersOnly>.sql, "INDEX deliveries_dead"),
        ("take over", TakeOverDeliveries.sql, "USING INDEX deliveries_in_flight (lease<?)"),
        ("take over's update", TakeOverDeliveries.sql, "USING PRIMARY KEY (message_key=? AND endpoint_key=?)"),
        ("move", MoveDelivery.sql, "USING PRIMARY KEY (message_key=? AND endpoint_key=?)"),
        ("deliveries", DeliveriesOfMessage.sql, "USING PRIMARY KEY (message_key=?)"),
        ("applications", ListApplications<Downwards>.sql, "USING INDEX applications_list (organization=? AND key<?)"),
        ("application by uid", FindApplicationByUID.sql, "USING INDEX applications_uid (organization=? AND uid=?)"),
        ("endpoints", ListEndpoints<Upwards>.sql, "USING INDEX endpoints_list (application_key=? AND key>?)"),
        ("endpoint by uid", FindEndpointByUID.sql, "USING INDEX endpoints_uid (application_key=? AND uid=?)"),
        ("event types", ListEventTypes<Upwards>.sql, "USING PRIMARY KEY (organization=? AND name>?)"),
        ("existing event types", ExistingEventTypes.sql, "USING PRIMARY KEY (organization=? AND name=?)"),
        ("forgetting messages", MessagesToForget.sql, "SEARCH messages USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        ("what was forgotten", ForgetRows<MessagesTable>.sql, "SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)"),
        ("deliveries of what was forgotten", ForgetRows<DeliveriesTable>.sql, "USING PRIMARY KEY (message_key=?)"),
        ("attempts of what was forgotten", ForgetRows<AttemptsTable>.sql, "USING PRIMARY KEY (message_key=?)"),
        ("forgetting hours", ForgetHours.sql, "USING INDEX endpoint_statistics_hours (minute<?)"),
        ("next of a feed", NextSequence.sql, "USING COVERING INDEX deliveries_sequence (endpoint_key=? AND sequence>?)"),
        ("messages", ListMessages<Downwards>.sql, "USING INDEX messages_list (application_key=? AND key>? AND key<?)"),
        ("message by event id", FindMessageByEventID.sql, "USING INDEX messages_event_id (application_key=? AND event_id=?)"),
        ("event id", FindEventID.sql, "INDEX messages_event_id (application_key=? AND event_id=?)"),
        (
            "messages of a type", MessageKeysOfType<Downwards>.sql,
            "USING COVERING INDEX messages_by_event_type (application_key=? AND event_type=? AND key>? AND key<?)"
        ),
        (
            "messages by a label", ListLabelledMessages<Upwards>.sql,
            "SEARCH message_labels USING PRIMARY KEY (application_key=? AND label=? AND message_key>? AND message_key<?)"
        ),
        (
            "messages by a label, by key", ListLabelledMessages<Downwards>.sql,
            "SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)"
        ),
        (
            "horizon by a label", LabelHorizon<Downwards>.sql,
            "SEARCH message_labels USING PRIMARY KEY (application_key=? AND label=? AND message_key>? AND message_key<?)"
        ),
        (
            "attempts of a message", ListAttempts<AttemptsOfMessage, Downwards>.sql,
            "USING PRIMARY KEY (message_key=? AND key>? AND key<?)"
        ),
        (
            "attempts of an endpoint", ListAttempts<AttemptsOfEndpoint, Upwards>.sql,
            "USING INDEX attempts_by_endpoint (endpoint_key=? AND key>? AND key<?)"
        ),
        (
            "unusual attempts of an endpoint", ListAttempts<UnusualAttemptsOfEndpoint, Downwards>.sql,
            "USING INDEX attempts_unusual (endpoint_key=? AND key>? AND key<?)"
        ),
        (
            "horizon of attempts", AttemptHorizon<AttemptsOfEndpoint, Downwards>.sql,
            "USING COVERING INDEX attempts_by_endpoint (endpoint_key=? AND key>? AND key<?)"
        ),
        (
            "horizon of unusual attempts", AttemptHorizon<UnusualAttemptsOfEndpoint, Upwards>.sql,
            "INDEX attempts_unusual (endpoint_key=? AND key>? AND key<?)"
        ),
        (
            "messages of an endpoint", ListEndpointMessages<AllOfEndpoint, Downwards>.sql,
            "INDEX deliveries_by_endpoint (endpoint_key=? AND message_key>? AND message_key<?)"
        ),
        (
            "failed messages of an endpoint", ListEndpointMessages<DeadOfEndpoint, Upwards>.sql,
            "INDEX deliveries_dead (endpoint_key=? AND message_key>? AND message_key<?)"
        ),
        (
            "retried messages of an endpoint", ListEndpointMessages<RetriedOfEndpoint, Downwards>.sql,
            "INDEX deliveries_retried (endpoint_key=? AND message_key>? AND message_key<?)"
        ),
        (
            "horizon of an endpoint's messages", EndpointMessageHorizon<AllOfEndpoint, Downwards>.sql,
            "USING COVERING INDEX deliveries_by_endpoint (endpoint_key=? AND message_key>? AND message_key<?)"
        ),
        (
            "horizon of retried messages", EndpointMessageHorizon<RetriedOfEndpoint, Downwards>.sql,
            "INDEX deliveries_retried (endpoint_key=? AND message_key>? AND message_key<?)"
        ),
        ("statistics", SumStatistics.sql, "USING PRIMARY KEY (endpoint_key=? AND minute>? AND minute<?)"),
        ("minutes to fold", MinutesToFold.sql, "INDEX endpoint_statistics_minutes (minute<?)"),
        ("tasks", ListTasks<Downwards>.sql, "USING INDEX tasks_list (organization=? AND key<?)"),
        ("running tasks", RunningTasks.sql, "USING INDEX tasks_running"),
        ("tasks to forget", TasksToForget.sql, "INDEX tasks_ended (updated_at<?)"),
        ("what a task found", TaskResults.sql, "USING PRIMARY KEY (task_key=?)"),
        ("messages to purge", MessagesToPurge.sql, "USING INDEX messages_list (application_key=? AND key>? AND key<?)"),
        ("forgetting keys", ForgetIdempotencyRows.sql, "USING INTEGER PRIMARY KEY (rowid<?)"),
        ("greatest key", GreatestKey.sql, "USING COVERING INDEX attempts_by_endpoint (endpoint_key=?)"),
        ("backlog of deleted endpoints", DeletedEndpointsWithBacklog.sql, "USING COVERING INDEX deliveries_waiting"),
        ("lines of deleted endpoints", DeletedEndpointsWithBacklog.sql, "USING COVERING INDEX deliveries_lines"),
        ("tokens", ListTokens<Downwards>.sql, "USING INDEX tokens_list (organization=? AND key<?)"),
        (
            "tokens of an application", ListTokensOfApplication<Downwards>.sql,
            "USING INDEX tokens_by_application (application_key=? AND key<?)"
        ),
        ("forgetting tokens", ForgetTokens.sql, "INDEX tokens_expiry (expires_at<?)"),
        ("revocations", RevocationsAfter.sql, "USING INTEGER PRIMARY KEY (rowid>?)"),
        ("revocation of a token", RevocationOfToken.sql, "USING INDEX revocations_token (organization=? AND token_id=?)"),
        (
            "revocations of a scope", CutoffsOfScope.sql,
            "USING INDEX revocations_scope (organization=? AND application_key=? AND session=?)"
        ),
        ("forgetting revocations", ForgetRevocations.sql, "INDEX revocations_expiry (kept_until<?)"),
        (
            "integrations", ListIntegrations<Upwards>.sql,
            "USING INDEX integrations_by_application (application_key=? AND key>?)"
        ),
    ]

    @Test("use the index that the statement was written for", arguments: expectations.indices)
    func plan(_ index: Int) throws {
        let expectation = Self.expectations[index]
        let folder = try TemporaryFolder()
        let connection = try SQLiteConnection(StoreFile(path: folder.file()), .writer)
        try Migrations().run(on: connection, path: folder.file())
        let plan = try connection.texts("EXPLAIN QUERY PLAN " + expectation.sql, column: 3)
        #expect(plan.contains { $0.contains(expectation.uses) }, "\(expectation.name): \(plan)")
        // The lists come out of the index in order.
        #expect(!plan.contains { $0.contains("ORDER BY") }, "\(expectation.name): \(plan)")
    }
}
