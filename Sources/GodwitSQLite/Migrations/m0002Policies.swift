import GodwitSQL

/// What endpoints are told apart by: their policies, their lines, what they wanted formerly, and replays.
///
/// A delivery without a `line` stands in none. `deliveries_waiting` is made anew for those alone, so that a delivery enters one of
/// the two indexes by which it is claimed, never both. Rows of big tables get no new checks: those would be read one by one here.
let m0002Policies = Migration(
    number: 2, name: "policies",
    sql: """
        ALTER TABLE applications ADD COLUMN rate_limit TEXT CHECK (rate_limit IS NULL OR json_type(rate_limit) = 'object');

        ALTER TABLE endpoints ADD COLUMN policy TEXT CHECK (policy IS NULL OR json_type(policy) = 'object');
        ALTER TABLE endpoints ADD COLUMN disabled_at INTEGER;
        ALTER TABLE endpoints ADD COLUMN disabled_reason TEXT CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL));
        ALTER TABLE endpoints ADD COLUMN failing_since INTEGER;
        ALTER TABLE endpoints ADD COLUMN failing_announced INTEGER
            CHECK ((failing_announced IS NULL) = (failing_since IS NULL));
        -- Also those that were deleted.
        CREATE INDEX endpoints_ever ON endpoints (application_key, key);

        CREATE TABLE endpoint_subscriptions (
            endpoint_key    INTEGER NOT NULL,
            valid_until     INTEGER NOT NULL,
            disabled        INTEGER NOT NULL CHECK (disabled IN (0, 1)),
            disabled_at     INTEGER,
            disabled_reason TEXT,
            event_types     TEXT CHECK (event_types IS NULL OR json_type(event_types) = 'array'),
            channels        TEXT CHECK (channels IS NULL OR json_type(channels) = 'array'),
            PRIMARY KEY (endpoint_key, valid_until),
            CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL))
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE messages ADD COLUMN deliver_at INTEGER;
        ALTER TABLE messages ADD COLUMN do_not_deliver_after INTEGER;
        ALTER TABLE messages ADD COLUMN ordering_key TEXT;

        ALTER TABLE deliveries ADD COLUMN line INTEGER;
        DROP INDEX deliveries_waiting;
        -- With state and line, though they are always the same there: without them SQLite looks at the table for every row.
        CREATE INDEX deliveries_waiting ON deliveries (endpoint_key, due_at, message_key, state, line)
            WHERE state = 'waiting' AND line IS NULL;
        CREATE INDEX deliveries_lines ON deliveries (endpoint_key, line, sequence, state, due_at) WHERE line IS NOT NULL;
        CREATE INDEX deliveries_dead ON deliveries (endpoint_key, message_key) WHERE state = 'exhausted';

        CREATE TABLE replays (
            key             INTEGER PRIMARY KEY,
            id              TEXT NOT NULL,
            application_key INTEGER NOT NULL,
            endpoint_key    INTEGER NOT NULL,
            since           INTEGER NOT NULL,
            until           INTEGER NOT NULL,
            which           TEXT NOT NULL,
            event_types     TEXT CHECK (event_types IS NULL OR json_type(event_types) = 'array'),
            channel         TEXT,
            tag             TEXT,
            rules           TEXT NOT NULL,
            pace            INTEGER,
            task            TEXT NOT NULL,
            state           TEXT NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'finished')),
            planned         INTEGER NOT NULL,
            replayed        INTEGER NOT NULL,
            passed_over     INTEGER NOT NULL,
            cursor          INTEGER NOT NULL,
            created_at      INTEGER NOT NULL,
            updated_at      INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX replays_by_application ON replays (application_key, key);
        CREATE INDEX replays_by_endpoint ON replays (endpoint_key, key);
        CREATE INDEX replays_under_way ON replays (endpoint_key, state) WHERE state IN ('running', 'paused');
        """)
