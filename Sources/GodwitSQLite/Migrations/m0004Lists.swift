import GodwitSQL

/// What lists with filters, statistics and background tasks need, and bodies that are no JSON.
///
/// What happened before is counted here, once; a store of ten million attempts takes about a minute for that.
let m0004Lists = Migration(
    number: 4, name: "lists",
    sql: """
        -- What is sent in the place of a payload.
        ALTER TABLE messages ADD COLUMN content_type TEXT;
        ALTER TABLE messages ADD COLUMN raw_body TEXT;

        -- What lists are read by. `attempts_by_endpoint` also tells how attempts ended, so that a filter needs no look at the table.
        CREATE INDEX messages_by_event_type ON messages (application_key, event_type, key);
        CREATE TABLE message_labels (
            application_key INTEGER NOT NULL,
            label           TEXT NOT NULL,
            message_key     INTEGER NOT NULL,
            PRIMARY KEY (application_key, label, message_key)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO message_labels
            SELECT DISTINCT application_key, 'channel:' || label.value, messages.key FROM messages, json_each(channels) AS label;
        INSERT INTO message_labels
            SELECT DISTINCT application_key, 'tag:' || label.value, messages.key FROM messages, json_each(tags) AS label;
        CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_key, message_key);
        CREATE INDEX deliveries_retried ON deliveries (endpoint_key, message_key)
            WHERE finished_at IS NULL AND attempts > 0;
        DROP INDEX attempts_by_endpoint;
        CREATE INDEX attempts_by_endpoint ON attempts (endpoint_key, key, succeeded, status, next_attempt_at);
        CREATE INDEX attempts_unusual ON attempts (endpoint_key, key, succeeded, status, next_attempt_at)
            WHERE succeeded = 0 OR status IS NULL OR status < 200 OR status > 299;

        -- One row for each endpoint and minute since 1970 in which anything happened; old ones are added to the first of their hour.
        CREATE TABLE endpoint_statistics (
            endpoint_key       INTEGER NOT NULL,
            minute             INTEGER NOT NULL,
            success            INTEGER NOT NULL,
            pending            INTEGER NOT NULL,
            fail               INTEGER NOT NULL,
            sending            INTEGER NOT NULL,
            canceled           INTEGER NOT NULL,
            attempts_succeeded INTEGER NOT NULL,
            attempts_failed    INTEGER NOT NULL,
            attempts_canceled  INTEGER NOT NULL,
            PRIMARY KEY (endpoint_key, minute)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX endpoint_statistics_minutes ON endpoint_statistics (minute, endpoint_key) WHERE minute % 60 <> 0;
        -- What happened before is counted by the hour, once.
        INSERT INTO endpoint_statistics
            SELECT endpoint_key, minute - minute % 60, sum(success), sum(pending), sum(fail), sum(sending), sum(canceled),
                   sum(attempts_succeeded), sum(attempts_failed), sum(attempts_canceled)
            FROM (
                SELECT endpoint_key, ((message_key >> 31) + 1400000000) / 60 AS minute, state = 'delivered' AS success,
                       finished_at IS NULL AND attempts = 0 AS pending, state = 'exhausted' AS fail,
                       finished_at IS NULL AND attempts > 0 AS sending, state = 'cancelled' AS canceled,
                       0 AS attempts_succeeded, 0 AS attempts_failed, 0 AS attempts_canceled
                FROM   deliveries
                UNION ALL
                SELECT endpoint_key, finished_at / 60000, 0, 0, 0, 0, 0, 0, 0, 1 FROM deliveries WHERE state = 'cancelled'
                UNION ALL
                SELECT endpoint_key, started_at / 60000, 0, 0, 0, 0, 0, succeeded, 1 - succeeded, 0 FROM attempts
            )
            GROUP BY 1, 2;

        ALTER TABLE replays ADD COLUMN organization TEXT NOT NULL DEFAULT '';
        ALTER TABLE replays ADD COLUMN status_class INTEGER;
        UPDATE replays SET organization =
            coalesce((SELECT organization FROM applications WHERE applications.key = replays.application_key), '');
        CREATE INDEX replays_by_organization ON replays (organization, key);

        -- Background tasks other than replays, and what they found.
        CREATE TABLE tasks (
            key             INTEGER PRIMARY KEY,
            id              TEXT NOT NULL,
            organization    TEXT NOT NULL,
            kind            TEXT NOT NULL,
            application_key INTEGER,
            since           INTEGER,
            until           INTEGER,
            applications    TEXT CHECK (applications IS NULL OR json_type(applications) = 'array'),
            state           TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed')),
            cursor          INTEGER NOT NULL,
            done            INTEGER NOT NULL,
            created_at      INTEGER NOT NULL,
            updated_at      INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tasks_list ON tasks (organization, key);
        CREATE INDEX tasks_running ON tasks (key, organization) WHERE state = 'running';
        CREATE INDEX tasks_ended ON tasks (updated_at) WHERE state <> 'running';
        CREATE TABLE task_results (
            task_key    INTEGER NOT NULL,
            subject_key INTEGER NOT NULL,
            item        TEXT NOT NULL,
            PRIMARY KEY (task_key, subject_key)
        ) STRICT, WITHOUT ROWID;
        """)
