#if Postgres
import GodwitSQL

/// What endpoints are told apart by: their policies, their lines, what they wanted formerly, and replays.
///
/// A delivery without a `line` stands in none. `deliveries_waiting` is made anew for those alone, so that a delivery enters one of
/// the two indexes by which it is claimed, never both. Rows of big tables get no new checks: those would be read one by one here.
let m0002Policies = Migration(
    number: 2, name: "policies",
    sql: """
        ALTER TABLE applications ADD COLUMN rate_limit text COLLATE "C";

        ALTER TABLE endpoints ADD COLUMN policy text COLLATE "C";
        ALTER TABLE endpoints ADD COLUMN disabled_at bigint;
        ALTER TABLE endpoints ADD COLUMN disabled_reason text COLLATE "C" CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL));
        ALTER TABLE endpoints ADD COLUMN failing_since bigint;
        ALTER TABLE endpoints ADD COLUMN failing_announced bigint
            CHECK ((failing_announced IS NULL) = (failing_since IS NULL));
        -- Also those that were deleted.
        CREATE INDEX endpoints_ever ON endpoints (application_key, key);

        CREATE TABLE endpoint_subscriptions (
            endpoint_key    bigint NOT NULL,
            valid_until     bigint NOT NULL,
            disabled        bigint NOT NULL CHECK (disabled IN (0, 1)),
            disabled_at     bigint,
            disabled_reason text COLLATE "C",
            event_types     text COLLATE "C",
            channels        text COLLATE "C",
            PRIMARY KEY (endpoint_key, valid_until),
            CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL))
        );

        ALTER TABLE messages ADD COLUMN deliver_at bigint;
        ALTER TABLE messages ADD COLUMN do_not_deliver_after bigint;
        ALTER TABLE messages ADD COLUMN ordering_key text COLLATE "C";

        ALTER TABLE deliveries ADD COLUMN line bigint;
        DROP INDEX deliveries_waiting;
        -- With state and line, though they are always the same there: without them SQLite looks at the table for every row.
        CREATE INDEX deliveries_waiting ON deliveries (endpoint_key, due_at, message_key, state, line)
            WHERE state = 'waiting' AND line IS NULL;
        CREATE INDEX deliveries_lines ON deliveries (endpoint_key, line, sequence, state, due_at) WHERE line IS NOT NULL;
        CREATE INDEX deliveries_dead ON deliveries (endpoint_key, message_key) WHERE state = 'exhausted';

        CREATE TABLE replays (
            key             bigint PRIMARY KEY,
            id              text COLLATE "C" NOT NULL,
            application_key bigint NOT NULL,
            endpoint_key    bigint NOT NULL,
            since           bigint NOT NULL,
            until           bigint NOT NULL,
            which           text COLLATE "C" NOT NULL,
            event_types     text COLLATE "C",
            channel         text COLLATE "C",
            tag             text COLLATE "C",
            rules           text COLLATE "C" NOT NULL,
            pace            bigint,
            task            text COLLATE "C" NOT NULL,
            state           text COLLATE "C" NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'finished')),
            planned         bigint NOT NULL,
            replayed        bigint NOT NULL,
            passed_over     bigint NOT NULL,
            cursor          bigint NOT NULL,
            created_at      bigint NOT NULL,
            updated_at      bigint NOT NULL
        );
        CREATE INDEX replays_by_application ON replays (application_key, key);
        CREATE INDEX replays_by_endpoint ON replays (endpoint_key, key);
        CREATE INDEX replays_under_way ON replays (endpoint_key, state) WHERE state IN ('running', 'paused');
        """)
#endif
