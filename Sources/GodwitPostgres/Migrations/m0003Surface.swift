#if Postgres
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
        ALTER TABLE event_types ADD COLUMN feature_flags text COLLATE "C";
        UPDATE event_types SET feature_flags = json_build_array(feature_flag)::text WHERE feature_flag IS NOT NULL;
        ALTER TABLE event_types DROP COLUMN feature_flag;
        ALTER TABLE event_types ADD COLUMN group_name text COLLATE "C";

        CREATE TABLE tokens (
            key             bigint PRIMARY KEY,
            id              text COLLATE "C" NOT NULL,
            organization    text COLLATE "C" NOT NULL,
            application_id  text COLLATE "C",
            application_key bigint CHECK ((application_key IS NULL) = (application_id IS NULL)),
            name            text COLLATE "C" NOT NULL,
            purpose         text COLLATE "C" NOT NULL,
            read_only       bigint NOT NULL CHECK (read_only IN (0, 1)),
            capabilities    text COLLATE "C",
            feature_flags   text COLLATE "C",
            session         text COLLATE "C",
            signing_key     text COLLATE "C" NOT NULL,
            created_at      bigint NOT NULL,
            expires_at      bigint NOT NULL
        );
        CREATE INDEX tokens_list ON tokens (organization, key);
        CREATE INDEX tokens_by_application ON tokens (application_key, key) WHERE application_key IS NOT NULL;
        CREATE INDEX tokens_expiry ON tokens (expires_at);

        CREATE TABLE revocations (
            number          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            organization    text COLLATE "C" NOT NULL,
            token_id        text COLLATE "C",
            application_key bigint NOT NULL,
            session         text COLLATE "C" NOT NULL,
            issued_up_to    bigint,
            effective_at    bigint NOT NULL,
            kept_until      bigint NOT NULL,
            CHECK ((token_id IS NULL) <> (issued_up_to IS NULL))
        );
        CREATE UNIQUE INDEX revocations_token ON revocations (organization, token_id) WHERE token_id IS NOT NULL;
        CREATE INDEX revocations_scope ON revocations (organization, application_key, session) WHERE issued_up_to IS NOT NULL;
        CREATE INDEX revocations_expiry ON revocations (kept_until);

        CREATE TABLE signing_keys (
            number     bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            id         text COLLATE "C" NOT NULL UNIQUE,
            secret     text COLLATE "C",
            created_at bigint NOT NULL,
            retires_at bigint
        );

        CREATE TABLE integrations (
            key             bigint PRIMARY KEY,
            id              text COLLATE "C" NOT NULL,
            application_key bigint NOT NULL,
            name            text COLLATE "C" NOT NULL,
            feature_flags   text COLLATE "C",
            token_id        text COLLATE "C",
            created_at      bigint NOT NULL,
            updated_at      bigint NOT NULL
        );
        CREATE INDEX integrations_by_application ON integrations (application_key, key);

        -- Ranges of sequence numbers: `first last`, and of leases `first last until`, one after the other.
        ALTER TABLE endpoints ADD COLUMN mode text COLLATE "C" NOT NULL DEFAULT 'push';
        CREATE TABLE consumers (
            endpoint_key        bigint NOT NULL,
            name                text COLLATE "C" NOT NULL,
            acknowledged        bigint NOT NULL CHECK (acknowledged >= 0),
            acknowledged_beyond text COLLATE "C" NOT NULL,
            leases              text COLLATE "C" NOT NULL,
            updated_at          bigint NOT NULL,
            PRIMARY KEY (endpoint_key, name)
        ) WITH (fillfactor = 50);
        """)
#endif
