#if Postgres
import GodwitSQL

/// Tables for everything that is registered, published and delivered.
///
/// `key` is `Identifier.key`: it grows with time, so rows that are written together lie together. `id` is the whole wire form;
/// rows are found by key and then compared. Times are milliseconds since 1970. Lists and maps are JSON.
let m0001Foundation = Migration(
    number: 1, name: "foundation",
    sql: """
        -- So that a list in JSON is looked into by the same text in both databases.
        CREATE FUNCTION json_each(list text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE
            AS $$ SELECT jsonb_array_elements_text(list::jsonb) $$;

        CREATE TABLE applications (
            key          bigint PRIMARY KEY,
            id           text COLLATE "C" NOT NULL,
            organization text COLLATE "C" NOT NULL,
            uid          text COLLATE "C",
            name         text COLLATE "C" NOT NULL,
            metadata     text COLLATE "C" NOT NULL,
            created_at   bigint NOT NULL,
            updated_at   bigint NOT NULL,
            deleted_at   bigint
        );
        CREATE UNIQUE INDEX applications_uid ON applications (organization, uid)
            WHERE uid IS NOT NULL AND deleted_at IS NULL;
        CREATE INDEX applications_list ON applications (organization, key) WHERE deleted_at IS NULL;

        CREATE TABLE endpoints (
            key             bigint PRIMARY KEY,
            id              text COLLATE "C" NOT NULL,
            application_key bigint NOT NULL,
            uid             text COLLATE "C",
            url             text COLLATE "C" NOT NULL,
            description     text COLLATE "C" NOT NULL,
            disabled        bigint NOT NULL CHECK (disabled IN (0, 1)),
            event_types     text COLLATE "C",
            channels        text COLLATE "C",
            metadata        text COLLATE "C" NOT NULL,
            headers         text COLLATE "C" NOT NULL,
            secrets         text COLLATE "C" NOT NULL,
            created_at      bigint NOT NULL,
            updated_at      bigint NOT NULL,
            deleted_at      bigint
        );
        CREATE UNIQUE INDEX endpoints_uid ON endpoints (application_key, uid)
            WHERE uid IS NOT NULL AND deleted_at IS NULL;
        CREATE INDEX endpoints_list ON endpoints (application_key, key) WHERE deleted_at IS NULL;

        CREATE TABLE event_types (
            organization text COLLATE "C" NOT NULL,
            name         text COLLATE "C" NOT NULL,
            description  text COLLATE "C" NOT NULL,
            schemas      text COLLATE "C",
            archived     bigint NOT NULL CHECK (archived IN (0, 1)),
            deprecated   bigint NOT NULL CHECK (deprecated IN (0, 1)),
            feature_flag text COLLATE "C",
            created_at   bigint NOT NULL,
            updated_at   bigint NOT NULL,
            PRIMARY KEY (organization, name)
        );

        CREATE TABLE messages (
            key                bigint PRIMARY KEY,
            id                 text COLLATE "C" NOT NULL,
            application_key    bigint NOT NULL,
            event_type         text COLLATE "C" NOT NULL,
            event_id           text COLLATE "C",
            channels           text COLLATE "C",
            tags               text COLLATE "C",
            created_at         bigint NOT NULL,
            payload_expires_at bigint NOT NULL,
            payload            bytea
        );
        CREATE INDEX messages_list ON messages (application_key, key);
        CREATE INDEX messages_payload_expiry ON messages (payload_expires_at) WHERE payload IS NOT NULL;
        CREATE UNIQUE INDEX messages_event_id ON messages (application_key, event_id) WHERE event_id IS NOT NULL;

        CREATE TABLE deliveries (
            message_key        bigint NOT NULL,
            endpoint_key       bigint NOT NULL,
            sequence           bigint NOT NULL CHECK (sequence >= 1),
            state              text COLLATE "C" NOT NULL,
            due_at             bigint,
            lease              bigint,
            finished_at        bigint,
            attempts           bigint NOT NULL CHECK (attempts >= scheduled_attempts),
            scheduled_attempts bigint NOT NULL CHECK (scheduled_attempts >= 0),
            resume_state       text COLLATE "C",
            resume_at          bigint,
            PRIMARY KEY (message_key, endpoint_key),
            CHECK (CASE state
                WHEN 'waiting'   THEN due_at IS NOT NULL AND lease IS NULL AND finished_at IS NULL
                WHEN 'in_flight' THEN due_at IS NULL AND lease IS NOT NULL AND finished_at IS NULL
                WHEN 'delivered' THEN due_at IS NULL AND lease IS NULL AND finished_at IS NOT NULL
                WHEN 'exhausted' THEN due_at IS NULL AND lease IS NULL AND finished_at IS NOT NULL
                WHEN 'cancelled' THEN due_at IS NULL AND lease IS NULL AND finished_at IS NOT NULL
                ELSE FALSE END),
            CHECK ((resume_state IS NULL) = (resume_at IS NULL)),
            CHECK (resume_state IS NULL
                   OR (finished_at IS NULL AND resume_state IN ('waiting', 'delivered', 'exhausted')))
        );
        CREATE UNIQUE INDEX deliveries_sequence ON deliveries (endpoint_key, sequence);
        -- With the state, though it is always the same there: without it SQLite looks at the table for every row of a backlog.
        CREATE INDEX deliveries_waiting ON deliveries (endpoint_key, due_at, message_key, state) WHERE state = 'waiting';
        CREATE INDEX deliveries_in_flight ON deliveries (lease) WHERE state = 'in_flight';

        CREATE TABLE endpoint_sequences (
            endpoint_key  bigint PRIMARY KEY,
            last_sequence bigint NOT NULL CHECK (last_sequence >= 0)
        ) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.1);

        CREATE TABLE attempts (
            message_key         bigint NOT NULL,
            key                 bigint NOT NULL,
            id                  text COLLATE "C" NOT NULL,
            endpoint_key        bigint NOT NULL,
            application_key     bigint NOT NULL,
            number              bigint NOT NULL CHECK (number >= 1),
            cause               bigint NOT NULL CHECK (cause IN (0, 1)),
            started_at          bigint NOT NULL,
            resolve_us          bigint,
            connect_us          bigint,
            tls_us              bigint,
            first_byte_us       bigint,
            total_us            bigint NOT NULL,
            succeeded           bigint NOT NULL CHECK (succeeded IN (0, 1)),
            next_attempt_at     bigint,
            url                 text COLLATE "C" NOT NULL,
            failure_code        text COLLATE "C",
            failure_detail      text COLLATE "C",
            status              bigint,
            retry_after_seconds bigint,
            retry_after_date    bigint,
            body                bytea,
            PRIMARY KEY (message_key, key),
            CHECK ((failure_code IS NULL) = (status IS NOT NULL)),
            CHECK ((failure_code IS NULL) = (failure_detail IS NULL)),
            CHECK ((status IS NULL) = (body IS NULL))
        );
        CREATE INDEX attempts_by_endpoint ON attempts (endpoint_key, key);

        -- Big tables are looked after before a fifth of them has changed, and often enough that lists are answered from an index alone.
        ALTER TABLE messages SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
                                  autovacuum_analyze_scale_factor = 0.02);
        ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05,
                                    autovacuum_analyze_scale_factor = 0.02);
        ALTER TABLE attempts SET (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

        CREATE TABLE idempotency (
            number       bigint PRIMARY KEY,
            scope_high   bigint NOT NULL,
            scope_low    bigint NOT NULL,
            request_high bigint NOT NULL,
            request_low  bigint NOT NULL,
            created_at   bigint NOT NULL,
            message_key  bigint,
            status       bigint,
            body         bytea,
            CHECK ((message_key IS NULL) = (status IS NOT NULL)),
            CHECK ((status IS NULL) = (body IS NULL))
        );

        CREATE TABLE settings (
            name  text COLLATE "C" PRIMARY KEY,
            value text COLLATE "C" NOT NULL
        );

        CREATE TABLE nodes (
            lease      bigint PRIMARY KEY CHECK (lease >= 1),
            started_at bigint NOT NULL
        );
        """)
#endif
