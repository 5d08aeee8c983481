import GodwitSQL

/// Tables for everything that is registered, published and delivered.
///
/// `key` is `Identifier.key`: it grows with time, so rows that are written together lie together. `id` is the whole wire form;
/// rows are found by key and then compared. Times are milliseconds since 1970. Lists and maps are JSON.
///
/// The checks of `deliveries` compare one by one: for `IN` with three values SQLite would fill a table of its own at every
/// write, which took twice the time of the write itself.
let m0001Foundation = Migration(
    number: 1, name: "foundation",
    sql: """
        CREATE TABLE applications (
            key          INTEGER PRIMARY KEY,
            id           TEXT NOT NULL,
            organization TEXT NOT NULL,
            uid          TEXT,
            name         TEXT NOT NULL,
            metadata     TEXT NOT NULL CHECK (json_type(metadata) = 'object'),
            created_at   INTEGER NOT NULL,
            updated_at   INTEGER NOT NULL,
            deleted_at   INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX applications_uid ON applications (organization, uid)
            WHERE uid IS NOT NULL AND deleted_at IS NULL;
        CREATE INDEX applications_list ON applications (organization, key) WHERE deleted_at IS NULL;

        CREATE TABLE endpoints (
            key             INTEGER PRIMARY KEY,
            id              TEXT NOT NULL,
            application_key INTEGER NOT NULL,
            uid             TEXT,
            url             TEXT NOT NULL,
            description     TEXT NOT NULL,
            disabled        INTEGER NOT NULL CHECK (disabled IN (0, 1)),
            event_types     TEXT CHECK (event_types IS NULL OR json_type(event_types) = 'array'),
            channels        TEXT CHECK (channels IS NULL OR json_type(channels) = 'array'),
            metadata        TEXT NOT NULL CHECK (json_type(metadata) = 'object'),
            headers         TEXT NOT NULL CHECK (json_type(headers) = 'object'),
            secrets         TEXT NOT NULL CHECK (json_type(secrets) = 'array'),
            created_at      INTEGER NOT NULL,
            updated_at      INTEGER NOT NULL,
            deleted_at      INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX endpoints_uid ON endpoints (application_key, uid)
            WHERE uid IS NOT NULL AND deleted_at IS NULL;
        CREATE INDEX endpoints_list ON endpoints (application_key, key) WHERE deleted_at IS NULL;

        CREATE TABLE event_types (
            organization TEXT NOT NULL,
            name         TEXT NOT NULL,
            description  TEXT NOT NULL,
            schemas      TEXT CHECK (schemas IS NULL OR json_type(schemas) = 'object'),
            archived     INTEGER NOT NULL CHECK (archived IN (0, 1)),
            deprecated   INTEGER NOT NULL CHECK (deprecated IN (0, 1)),
            feature_flag TEXT,
            created_at   INTEGER NOT NULL,
            updated_at   INTEGER NOT NULL,
            PRIMARY KEY (organization, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE messages (
            key                INTEGER PRIMARY KEY,
            id                 TEXT NOT NULL,
            application_key    INTEGER NOT NULL,
            event_type         TEXT NOT NULL,
            event_id           TEXT,
            channels           TEXT CHECK (channels IS NULL OR json_type(channels) = 'array'),
            tags               TEXT CHECK (tags IS NULL OR json_type(tags) = 'array'),
            created_at         INTEGER NOT NULL,
            payload_expires_at INTEGER NOT NULL,
            payload            BLOB
        ) STRICT;
        CREATE INDEX messages_list ON messages (application_key, key);
        CREATE INDEX messages_payload_expiry ON messages (payload_expires_at) WHERE payload IS NOT NULL;
        CREATE UNIQUE INDEX messages_event_id ON messages (application_key, event_id) WHERE event_id IS NOT NULL;

        CREATE TABLE deliveries (
            message_key        INTEGER NOT NULL,
            endpoint_key       INTEGER NOT NULL,
            sequence           INTEGER NOT NULL CHECK (sequence >= 1),
            state              TEXT NOT NULL,
            due_at             INTEGER,
            lease              INTEGER,
            finished_at        INTEGER,
            attempts           INTEGER NOT NULL CHECK (attempts >= scheduled_attempts),
            scheduled_attempts INTEGER NOT NULL CHECK (scheduled_attempts >= 0),
            resume_state       TEXT,
            resume_at          INTEGER,
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
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX deliveries_sequence ON deliveries (endpoint_key, sequence);
        -- With the state, though it is always the same there: without it SQLite looks at the table for every row of a backlog.
        CREATE INDEX deliveries_waiting ON deliveries (endpoint_key, due_at, message_key, state) WHERE state = 'waiting';
        CREATE INDEX deliveries_in_flight ON deliveries (lease) WHERE state = 'in_flight';

        CREATE TABLE endpoint_sequences (
            endpoint_key  INTEGER PRIMARY KEY,
            last_sequence INTEGER NOT NULL CHECK (last_sequence >= 1)
        ) STRICT;

        CREATE TABLE attempts (
            message_key         INTEGER NOT NULL,
            key                 INTEGER NOT NULL,
            id                  TEXT NOT NULL,
            endpoint_key        INTEGER NOT NULL,
            application_key     INTEGER NOT NULL,
            number              INTEGER NOT NULL CHECK (number >= 1),
            cause               INTEGER NOT NULL CHECK (cause IN (0, 1)),
            started_at          INTEGER NOT NULL,
            resolve_us          INTEGER,
            connect_us          INTEGER,
            tls_us              INTEGER,
            first_byte_us       INTEGER,
            total_us            INTEGER NOT NULL,
            succeeded           INTEGER NOT NULL CHECK (succeeded IN (0, 1)),
            next_attempt_at     INTEGER,
            url                 TEXT NOT NULL,
            failure_code        TEXT,
            failure_detail      TEXT,
            status              INTEGER,
            retry_after_seconds INTEGER,
            retry_after_date    INTEGER,
            body                BLOB,
            PRIMARY KEY (message_key, key),
            CHECK ((failure_code IS NULL) = (status IS NOT NULL)),
            CHECK ((failure_code IS NULL) = (failure_detail IS NULL)),
            CHECK ((status IS NULL) = (body IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX attempts_by_endpoint ON attempts (endpoint_key, key);

        CREATE TABLE idempotency (
            number       INTEGER PRIMARY KEY,
            scope_high   INTEGER NOT NULL,
            scope_low    INTEGER NOT NULL,
            request_high INTEGER NOT NULL,
            request_low  INTEGER NOT NULL,
            created_at   INTEGER NOT NULL,
            message_key  INTEGER,
            status       INTEGER,
            body         BLOB,
            CHECK ((message_key IS NULL) = (status IS NOT NULL)),
            CHECK ((status IS NULL) = (body IS NULL))
        ) STRICT;

        CREATE TABLE settings (
            name  TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE nodes (
            lease      INTEGER PRIMARY KEY CHECK (lease >= 1),
            started_at INTEGER NOT NULL
        ) STRICT;
        """)
