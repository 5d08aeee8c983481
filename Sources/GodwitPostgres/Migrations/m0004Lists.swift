#if Postgres
import GodwitSQL

/// What lists with filters, statistics and background tasks need, and bodies that are no JSON.
///
/// What happened before is counted here, once; a store of ten million attempts takes about a minute for that.
let m0004Lists = Migration(
    number: 4, name: "lists",
    sql: """
        -- What is sent in the place of a payload.
        ALTER TABLE messages ADD COLUMN content_type text COLLATE "C";
        ALTER TABLE messages ADD COLUMN raw_body bytea;

        -- What lists are read by. `attempts_by_endpoint` also tells how attempts ended, so that a filter needs no look at the table.
        CREATE INDEX messages_by_event_type ON messages (application_key, event_type, key);
        CREATE TABLE message_labels (
            application_key bigint NOT NULL,
            label           text COLLATE "C" NOT NULL,
            message_key     bigint NOT NULL,
            PRIMARY KEY (application_key, label, message_key)
        );
        INSERT INTO message_labels
            SELECT DISTINCT application_key, 'channel:' || label.value, messages.key
            FROM   messages, json_each(messages.channels) AS label;
        INSERT INTO message_labels
            SELECT DISTINCT application_key, 'tag:' || label.value, messages.key
            FROM   messages, json_each(messages.tags) AS label;
        CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_key, message_key);
        CREATE INDEX deliveries_retried ON deliveries (endpoint_key, message_key)
            WHERE finished_at IS NULL AND attempts > 0;
        DROP INDEX attempts_by_endpoint;
        CREATE INDEX attempts_by_endpoint ON attempts (endpoint_key, key, succeeded, status, next_attempt_at);
        CREATE INDEX attempts_unusual ON attempts (endpoint_key, key, succeeded, status, next_attempt_at)
            WHERE succeeded = 0 OR status IS NULL OR status < 200 OR status > 299;

        -- One row for each endpoint and minute since 1970 in which anything happened; old ones are added to the first of their hour.
        CREATE TABLE endpoint_statistics (
            endpoint_key       bigint NOT NULL,
            minute             bigint NOT NULL,
            success            bigint NOT NULL,
            pending            bigint NOT NULL,
            fail               bigint NOT NULL,
            sending            bigint NOT NULL,
            canceled           bigint NOT NULL,
            attempts_succeeded bigint NOT NULL,
            attempts_failed    bigint NOT NULL,
            attempts_canceled  bigint NOT NULL,
            PRIMARY KEY (endpoint_key, minute)
        ) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
        CREATE INDEX endpoint_statistics_minutes ON endpoint_statistics (minute, endpoint_key) WHERE minute % 60 <> 0;
        -- What happened before is counted by the hour, once.
        INSERT INTO endpoint_statistics
            SELECT endpoint_key, minute - minute % 60, sum(success), sum(pending), sum(fail), sum(sending), sum(canceled),
                   sum(attempts_succeeded), sum(attempts_failed), sum(attempts_canceled)
            FROM (
                SELECT endpoint_key, ((message_key >> 31) + 1400000000) / 60 AS minute,
                       CASE WHEN state = 'delivered' THEN 1 ELSE 0 END AS success,
                       CASE WHEN finished_at IS NULL AND attempts = 0 THEN 1 ELSE 0 END AS pending,
                       CASE WHEN state = 'exhausted' THEN 1 ELSE 0 END AS fail,
                       CASE WHEN finished_at IS NULL AND attempts > 0 THEN 1 ELSE 0 END AS sending,
                       CASE WHEN state = 'cancelled' THEN 1 ELSE 0 END AS canceled,
                       0 AS attempts_succeeded, 0 AS attempts_failed, 0 AS attempts_canceled
                FROM   deliveries
                UNION ALL
                SELECT endpoint_key, finished_at / 60000, 0, 0, 0, 0, 0, 0, 0, 1 FROM deliveries WHERE state = 'cancelled'
                UNION ALL
                SELECT endpoint_key, started_at / 60000, 0, 0, 0, 0, 0, succeeded, 1 - succeeded, 0 FROM attempts
            ) AS counted
            GROUP BY 1, 2;

        ALTER TABLE replays ADD COLUMN organization text COLLATE "C" NOT NULL DEFAULT '';
        ALTER TABLE replays ADD COLUMN status_class bigint;
        UPDATE replays SET organization =
            coalesce((SELECT organization FROM applications WHERE applications.key = replays.application_key), '');
        CREATE INDEX replays_by_organization ON replays (organization, key);

        -- Background tasks other than replays, and what they found.
        CREATE TABLE tasks (
            key             bigint PRIMARY KEY,
            id              text COLLATE "C" NOT NULL,
            organization    text COLLATE "C" NOT NULL,
            kind            text COLLATE "C" NOT NULL,
            application_key bigint,
            since           bigint,
            until           bigint,
            applications    text COLLATE "C",
            state           text COLLATE "C" NOT NULL CHECK (state IN ('running', 'finished', 'failed')),
            cursor          bigint NOT NULL,
            done            bigint NOT NULL,
            created_at      bigint NOT NULL,
            updated_at      bigint NOT NULL
        );
        CREATE INDEX tasks_list ON tasks (organization, key);
        CREATE INDEX tasks_running ON tasks (key, organization) WHERE state = 'running';
        CREATE INDEX tasks_ended ON tasks (updated_at) WHERE state <> 'running';
        CREATE TABLE task_results (
            task_key    bigint NOT NULL,
            subject_key bigint NOT NULL,
            item        text COLLATE "C" NOT NULL,
            PRIMARY KEY (task_key, subject_key)
        );

        -- Nodes that share the database, what they tell each other, and idempotency keys of all of them.
        CREATE SEQUENCE node_leases;
        ALTER TABLE nodes ADD COLUMN role text COLLATE "C" NOT NULL DEFAULT 'all' CHECK (role IN ('all', 'api', 'worker'));
        ALTER TABLE nodes ADD COLUMN renewed_at timestamptz NOT NULL DEFAULT clock_timestamp();
        ALTER TABLE nodes ADD COLUMN given_up boolean NOT NULL DEFAULT false;
        SELECT setval('node_leases', (SELECT greatest(max(lease), 1) FROM nodes), (SELECT count(*) > 0 FROM nodes));
        CREATE TABLE changes (
            revision bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            kind     bigint NOT NULL,
            key      bigint NOT NULL,
            other    bigint NOT NULL,
            at       bigint NOT NULL
        );
        CREATE SEQUENCE wake_numbers;
        CREATE TABLE wakes (
            endpoint_key bigint PRIMARY KEY,
            due_at       bigint NOT NULL,
            number       bigint NOT NULL DEFAULT nextval('wake_numbers')
        );
        CREATE SEQUENCE idempotency_numbers;
        SELECT setval('idempotency_numbers', (SELECT greatest(max(number), 1) FROM idempotency), (SELECT count(*) > 0 FROM idempotency));
        DELETE FROM idempotency WHERE number NOT IN (SELECT max(number) FROM idempotency GROUP BY scope_high, scope_low);
        CREATE UNIQUE INDEX idempotency_scope ON idempotency (scope_high, scope_low);
        """)
#endif
