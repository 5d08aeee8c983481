/// Every table that migrations make, but for the list of the migrations themselves. A test holds this to the schema.
package enum MovedTables {
    /// Small tables first: what is left when a pass is interrupted are deliveries and attempts.
    package static let all: [any MovedTable.Type] = [
        Settings.self, SigningKeys.self, Revocations.self, Tokens.self, Integrations.self, EventTypes.self,
        Applications.self, Endpoints.self, Subscriptions.self, Consumers.self, Replays.self, Tasks.self, TaskResults.self,
        Messages.self, MessageLabels.self, Deliveries.self, Attempts.self, SequenceNumbers.self, Statistics.self,
        Idempotency.self, Nodes.self,
    ]

    private enum Settings: MovedTable {
        static let name = "settings"
        static let layout = TableLayout(key: [.text("name")], texts: ["value"])
        static let condition = "name NOT LIKE '\(MoveMark.prefix)%'"
    }

    private enum SigningKeys: MovedTable {
        static let name = "signing_keys"
        static let layout = TableLayout(
            key: [.integer("number")], integers: ["created_at", "retires_at"], texts: ["id", "secret"])
    }

    private enum Revocations: MovedTable {
        static let name = "revocations"
        static let layout = TableLayout(
            key: [.integer("number")], integers: ["application_key", "issued_up_to", "effective_at", "kept_until"],
            texts: ["organization", "token_id", "session"])
    }

    private enum Tokens: MovedTable {
        static let name = "tokens"
        static let layout = TableLayout(
            key: [.integer("key")], integers: ["application_key", "read_only", "created_at", "expires_at"],
            texts: [
                "id", "organization", "application_id", "name", "purpose", "capabilities", "feature_flags", "session",
                "signing_key",
            ])
    }

    private enum Integrations: MovedTable {
        static let name = "integrations"
        static let layout = TableLayout(
            key: [.integer("key")], integers: ["application_key", "created_at", "updated_at"],
            texts: ["id", "name", "feature_flags", "token_id"])
    }

    private enum EventTypes: MovedTable {
        static let name = "event_types"
        static let layout = TableLayout(
            key: [.text("organization"), .text("name")], integers: ["archived", "deprecated", "created_at", "updated_at"],
            texts: ["description", "schemas", "feature_flags", "group_name"])
    }

    private enum Applications: MovedTable {
        static let name = "applications"
        static let layout = TableLayout(
            key: [.integer("key")], integers: ["created_at", "updated_at", "deleted_at"],
            texts: ["id", "organization", "uid", "name", "metadata", "rate_limit"])
    }

    private enum Endpoints: MovedTable {
        static let name = "endpoints"
        static let layout = TableLayout(
            key: [.integer("key")],
            integers: [
                "application_key", "disabled", "created_at", "updated_at", "deleted_at", "disabled_at", "failing_since",
                "failing_announced",
            ],
            texts: [
                "id", "uid", "url", "description", "event_types", "channels", "metadata", "headers", "secrets", "policy",
                "disabled_reason", "mode",
            ])
    }

    private enum Subscriptions: MovedTable {
        static let name = "endpoint_subscriptions"
        static let layout = TableLayout(
            key: [.integer("endpoint_key"), .integer("valid_until")], integers: ["disabled", "disabled_at"],
            texts: ["disabled_reason", "event_types", "channels"])
    }

    private enum Consumers: MovedTable {
        static let name = "consumers"
        static let layout = TableLayout(
            key: [.integer("endpoint_key"), .text("name")], integers: ["acknowledged", "updated_at"],
            texts: ["acknowledged_beyond", "leases"])
    }

    private enum Replays: MovedTable {
        static let name = "replays"
        static let layout = TableLayout(
            key: [.integer("key")],
            integers: [
                "application_key", "endpoint_key", "since", "until", "pace", "planned", "replayed", "passed_over", "cursor",
                "created_at", "updated_at", "status_class",
            ],
            texts: ["id", "which", "event_types", "channel", "tag", "rules", "task", "state", "organization"])
    }

    private enum Tasks: MovedTable {
        static let name = "tasks"
        static let layout = TableLayout(
            key: [.integer("key")],
            integers: ["application_key", "since", "until", "cursor", "done", "created_at", "updated_at"],
            texts: ["id", "organization", "kind", "applications", "state"])
    }

    private enum TaskResults: MovedTable {
        static let name = "task_results"
        static let layout = TableLayout(key: [.integer("task_key"), .integer("subject_key")], texts: ["item"])
    }

    private enum Messages: MovedTable {
        static let name = "messages"
        static let layout = TableLayout(
            key: [.integer("key")],
            integers: ["application_key", "created_at", "payload_expires_at", "deliver_at", "do_not_deliver_after"],
            texts: ["id", "event_type", "event_id", "channels", "tags", "ordering_key", "content_type"],
            foreignText: "raw_body", bytes: "payload")
    }

    private enum MessageLabels: MovedTable {
        static let name = "message_labels"
        static let layout = TableLayout(key: [.integer("application_key"), .text("label"), .integer("message_key")])
    }

    private enum Deliveries: MovedTable {
        static let name = "deliveries"
        static let layout = TableLayout(
            key: [.integer("message_key"), .integer("endpoint_key")],
            integers: ["sequence", "due_at", "lease", "finished_at", "attempts", "scheduled_attempts", "resume_at", "line"],
            texts: ["state", "resume_state"])
    }

    private enum Attempts: MovedTable {
        static let name = "attempts"
        static let layout = TableLayout(
            key: [.integer("message_key"), .integer("key")],
            integers: [
                "endpoint_key", "application_key", "number", "cause", "started_at", "resolve_us", "connect_us", "tls_us",
                "first_byte_us", "total_us", "succeeded", "next_attempt_at", "status", "retry_after_seconds",
                "retry_after_date",
            ],
            texts: ["id", "url", "failure_code", "failure_detail"], bytes: "body")
    }

    private enum SequenceNumbers: MovedTable {
        static let name = "endpoint_sequences"
        static let layout = TableLayout(key: [.integer("endpoint_key")], integers: ["last_sequence"])
        /// A row that is made to be locked says nothing before a number was given.
        static let condition = "last_sequence > 0"
    }

    private enum Statistics: MovedTable {
        static let name = "endpoint_statistics"
        static let layout = TableLayout(
            key: [.integer("endpoint_key"), .integer("minute")],
            integers: [
                "success", "pending", "fail", "sending", "canceled", "attempts_succeeded", "attempts_failed",
                "attempts_canceled",
            ])
    }

    private enum Idempotency: MovedTable {
        static let name = "idempotency"
        static let layout = TableLayout(
            key: [.integer("number")],
            integers: ["scope_high", "scope_low", "request_high", "request_low", "created_at", "message_key", "status"],
            bytes: "body")
    }

    /// Leases: what a former server held is taken over by one with a greater lease.
    private enum Nodes: MovedTable {
        static let name = "nodes"
        static let layout = TableLayout(key: [.integer("lease")], integers: ["started_at"])
    }
}
