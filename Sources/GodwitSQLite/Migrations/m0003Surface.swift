import GodwitSQL

/// What the whole surface of the API needs.
///
/// Tokens: those that were written down, what ends tokens, the keys that sign them, and integrations. In `revocations`, a row with a
/// `token_id` ends that token, and one without ends what was issued in a scope up to a moment; application 0 and session '' mean all.
/// Numbers are never used twice, so that whoever has read up to one sees all that comes later.
let m0003Surface = Migration(
    number: 3, name: "surface",
    sql: """
        -- A list instead of one.
        ALTER TABLE event_types ADD COLUMN feature_flags TEXT
            CHECK (feature_flags IS NULL OR json_type(feature_flags) = 'array');
        UPDATE event_types SET feature_flags = json_array(feature_flag) WHERE feature_flag IS NOT NULL;
        ALTER TABLE event_types DROP COLUMN feature_flag;
        ALTER TABLE event_types ADD COLUMN group_name TEXT;

        CREATE TABLE tokens (
            key             INTEGER PRIMARY KEY,
            id              TEXT NOT NULL,
            organization    TEXT NOT NULL,
            application_id  TEXT,
            application_key INTEGER CHECK ((application_key IS NULL) = (application_id IS NULL)),
            name            TEXT NOT NULL,
            purpose         TEXT NOT NULL,
            read_only       INTEGER NOT NULL CHECK (read_only IN (0, 1)),
            capabilities    TEXT CHECK (capabilities IS NULL OR json_type(capabilities) = 'array'),
            feature_flags   TEXT CHECK (feature_flags IS NULL OR json_type(feature_flags) = 'array'),
            session         TEXT,
            signing_key     TEXT NOT NULL,
            created_at      INTEGER NOT NULL,
            expires_at      INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tokens_list ON tokens (organization, key);
        CREATE INDEX tokens_by_application ON tokens (application_key, key) WHERE application_key IS NOT NULL;
        CREATE INDEX tokens_expiry ON tokens (expires_at);

        CREATE TABLE revocations (
            number          INTEGER PRIMARY KEY AUTOINCREMENT,
            organization    TEXT NOT NULL,
            token_id        TEXT,
            application_key INTEGER NOT NULL,
            session         TEXT NOT NULL,
            issued_up_to    INTEGER,
            effective_at    INTEGER NOT NULL,
            kept_until      INTEGER NOT NULL,
            CHECK ((token_id IS NULL) <> (issued_up_to IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX revocations_token ON revocations (organization, token_id) WHERE token_id IS NOT NULL;
        CREATE INDEX revocations_scope ON revocations (organization, application_key, session) WHERE issued_up_to IS NOT NULL;
        CREATE INDEX revocations_expiry ON revocations (kept_until);

        CREATE TABLE signing_keys (
            number     INTEGER PRIMARY KEY,
            id         TEXT NOT NULL UNIQUE,
            secret     TEXT,
            created_at INTEGER NOT NULL,
            retires_at INTEGER
        ) STRICT;

        CREATE TABLE integrations (
            key             INTEGER PRIMARY KEY,
            id              TEXT NOT NULL,
            application_key INTEGER NOT NULL,
            name            TEXT NOT NULL,
            feature_flags   TEXT CHECK (feature_flags IS NULL OR json_type(feature_flags) = 'array'),
            token_id        TEXT,
            created_at      INTEGER NOT NULL,
            updated_at      INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX integrations_by_application ON integrations (application_key, key);

        -- Ranges of sequence numbers: `first last`, and of leases `first last until`, one after the other.
        ALTER TABLE endpoints ADD COLUMN mode TEXT NOT NULL DEFAULT 'push';
        CREATE TABLE consumers (
            endpoint_key        INTEGER NOT NULL,
            name                TEXT NOT NULL,
            acknowledged        INTEGER NOT NULL CHECK (acknowledged >= 0),
            acknowledged_beyond TEXT NOT NULL,
            leases              TEXT NOT NULL,
            updated_at          INTEGER NOT NULL,
            PRIMARY KEY (endpoint_key, name)
        ) STRICT, WITHOUT ROWID;
        """)
