#if Postgres
import GodwitSQL

/// Messages, labels, deliveries and attempts are spread over ranges of time, which are dropped as a whole.
///
/// The tables as they were become the first range, which ends two days ahead; they are read once, and one index is made anew. Number
/// 2 is the last one, without an end. What is unique across ranges has no index: sequence numbers are kept by the lock on
/// `endpoint_sequences`, event ids by a table of their own.
///
/// Counters of minutes are folded into their hours before; so hours are all that is left of old statistics.
let m0005Retention = Migration(
    number: 5, name: "retention",
    sql: """
        ALTER TABLE messages RENAME TO messages_p1;
        ALTER TABLE messages_p1 RENAME CONSTRAINT messages_pkey TO messages_p1_pkey;
        ALTER INDEX messages_list RENAME TO messages_p1_list;
        ALTER INDEX messages_payload_expiry RENAME TO messages_p1_payload_expiry;
        ALTER INDEX messages_by_event_type RENAME TO messages_p1_by_event_type;
        DROP INDEX messages_event_id;
        CREATE TABLE messages (LIKE messages_p1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (key)) PARTITION BY RANGE (key);
        CREATE INDEX messages_list ON messages (application_key, key);
        CREATE INDEX messages_payload_expiry ON messages (payload_expires_at) WHERE payload IS NOT NULL;
        CREATE INDEX messages_by_event_type ON messages (application_key, event_type, key);

        ALTER TABLE message_labels RENAME TO message_labels_p1;
        ALTER TABLE message_labels_p1 RENAME CONSTRAINT message_labels_pkey TO message_labels_p1_pkey;
        CREATE TABLE message_labels (LIKE message_labels_p1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
                                     PRIMARY KEY (application_key, label, message_key))
            PARTITION BY RANGE (message_key);

        ALTER TABLE deliveries RENAME TO deliveries_p1;
        ALTER TABLE deliveries_p1 RENAME CONSTRAINT deliveries_pkey TO deliveries_p1_pkey;
        DROP INDEX deliveries_sequence;
        CREATE INDEX deliveries_p1_sequence ON deliveries_p1 (endpoint_key, sequence);
        ALTER INDEX deliveries_waiting RENAME TO deliveries_p1_waiting;
        ALTER INDEX deliveries_in_flight RENAME TO deliveries_p1_in_flight;
        ALTER INDEX deliveries_lines RENAME TO deliveries_p1_lines;
        ALTER INDEX deliveries_dead RENAME TO deliveries_p1_dead;
        ALTER INDEX deliveries_by_endpoint RENAME TO deliveries_p1_by_endpoint;
        ALTER INDEX deliveries_retried RENAME TO deliveries_p1_retried;
        CREATE TABLE deliveries (LIKE deliveries_p1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
                                 PRIMARY KEY (message_key, endpoint_key))
            PARTITION BY RANGE (message_key);
        CREATE INDEX deliveries_sequence ON deliveries (endpoint_key, sequence);
        CREATE INDEX deliveries_waiting ON deliveries (endpoint_key, due_at, message_key, state, line)
            WHERE state = 'waiting' AND line IS NULL;
        CREATE INDEX deliveries_in_flight ON deliveries (lease) WHERE state = 'in_flight';
        CREATE INDEX deliveries_lines ON deliveries (endpoint_key, line, sequence, state, due_at) WHERE line IS NOT NULL;
        CREATE INDEX deliveries_dead ON deliveries (endpoint_key, message_key) WHERE state = 'exhausted';
        CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_key, message_key);
        CREATE INDEX deliveries_retried ON deliveries (endpoint_key, message_key)
            WHERE finished_at IS NULL AND attempts > 0;

        ALTER TABLE attempts RENAME TO attempts_p1;
        ALTER TABLE attempts_p1 RENAME CONSTRAINT attempts_pkey TO attempts_p1_pkey;
        ALTER INDEX attempts_by_endpoint RENAME TO attempts_p1_by_endpoint;
        ALTER INDEX attempts_unusual RENAME TO attempts_p1_unusual;
        CREATE TABLE attempts (LIKE attempts_p1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (message_key, key))
            PARTITION BY RANGE (message_key);
        CREATE INDEX attempts_by_endpoint ON attempts (endpoint_key, key, succeeded, status, next_attempt_at);
        CREATE INDEX attempts_unusual ON attempts (endpoint_key, key, succeeded, status, next_attempt_at)
            WHERE succeeded = 0 OR status IS NULL OR status < 200 OR status > 299;

        ALTER TABLE message_labels_p1 SET (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
        CREATE TABLE messages_p2 (LIKE messages INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)
            WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
                  autovacuum_analyze_scale_factor = 0.02);
        CREATE TABLE message_labels_p2 (LIKE message_labels INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)
            WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
        CREATE TABLE deliveries_p2 (LIKE deliveries INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)
            WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05,
                  autovacuum_analyze_scale_factor = 0.02);
        CREATE TABLE attempts_p2 (LIKE attempts INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)
            WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

        -- Which ranges there are: the key at which each ends. The last one has none. The number stands in the names of its tables.
        CREATE TABLE partitions (
            number     bigint PRIMARY KEY,
            ends       bigint UNIQUE,
            -- Since when nothing in it can be sent again, as far as it was looked at.
            over_since bigint
        );
        -- Keys begin with the seconds since 1400000000; whole days, behind the clock's day and behind all that is there.
        INSERT INTO partitions (number, ends)
            SELECT 1, ((greatest(extract(epoch FROM now())::bigint - 1400000000,
                                 (SELECT coalesce(max(key), 0) >> 31 FROM messages_p1)) / 86400 + 2) * 86400) << 31;
        INSERT INTO partitions (number) VALUES (2);
        DO $$
        DECLARE
            name text;
            bound bigint := (SELECT ends FROM partitions WHERE number = 1);
        BEGIN
            FOREACH name IN ARRAY ARRAY['messages', 'message_labels', 'deliveries', 'attempts'] LOOP
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%s)', name, name || '_p1', bound);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (MAXVALUE)', name, name || '_p2', bound);
            END LOOP;
        END $$;

        -- Whether a range can be dropped: 0, it is empty; 1, nothing in it can be sent again; 2, something may. By small indexes.
        CREATE FUNCTION partition_state(number bigint, at bigint) RETURNS bigint
            LANGUAGE plpgsql SET enable_seqscan = off AS $$
        DECLARE
            is_any  boolean;
            is_held boolean;
        BEGIN
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM godwit.messages_p%1$s) OR EXISTS (SELECT 1 FROM godwit.deliveries_p%1$s)
                                OR EXISTS (SELECT 1 FROM godwit.attempts_p%1$s)', number) INTO is_any;
            IF NOT is_any THEN RETURN 0; END IF;
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM godwit.messages_p%1$s WHERE payload IS NOT NULL AND payload_expires_at > $1)
                                OR EXISTS (SELECT 1 FROM godwit.deliveries_p%1$s WHERE state = ''waiting'' AND line IS NULL)
                                OR EXISTS (SELECT 1 FROM godwit.deliveries_p%1$s WHERE state = ''in_flight'')
                                OR EXISTS (SELECT 1 FROM godwit.deliveries_p%1$s WHERE line IS NOT NULL)', number)
                INTO is_held USING at;
            RETURN CASE WHEN is_held THEN 2 ELSE 1 END;
        END $$;
        -- The greatest key in a range that is less than another one; NULL when there is none.
        CREATE FUNCTION partition_reach(number bigint, below bigint) RETURNS bigint
            LANGUAGE plpgsql SET enable_seqscan = off AS $$
        DECLARE
            reach bigint;
        BEGIN
            EXECUTE format('SELECT greatest((SELECT max(key) FROM godwit.messages_p%1$s WHERE key < $1),
                                            (SELECT max(message_key) FROM godwit.deliveries_p%1$s WHERE message_key < $1))', number)
                INTO reach USING below;
            RETURN reach;
        END $$;

        CREATE TABLE event_ids (
            application_key bigint NOT NULL,
            event_id        text COLLATE "C" NOT NULL,
            message_key     bigint NOT NULL,
            PRIMARY KEY (application_key, event_id)
        );
        INSERT INTO event_ids SELECT application_key, event_id, key FROM messages WHERE event_id IS NOT NULL;
        CREATE INDEX event_ids_by_message ON event_ids (message_key);
        CREATE FUNCTION note_event_id() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO godwit.event_ids (application_key, event_id, message_key)
            VALUES (NEW.application_key, NEW.event_id, NEW.key);
            RETURN NULL;
        END $$;
        CREATE FUNCTION forget_event_id() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM godwit.event_ids
            WHERE  application_key = OLD.application_key AND event_id = OLD.event_id AND message_key = OLD.key;
            RETURN NULL;
        END $$;
        CREATE TRIGGER note_event_id AFTER INSERT ON messages
            FOR EACH ROW WHEN (NEW.event_id IS NOT NULL) EXECUTE FUNCTION note_event_id();
        CREATE TRIGGER forget_event_id AFTER DELETE ON messages
            FOR EACH ROW WHEN (OLD.event_id IS NOT NULL) EXECUTE FUNCTION forget_event_id();

        CREATE INDEX endpoint_statistics_hours ON endpoint_statistics (minute, endpoint_key)
            WHERE minute % 60 = 0 AND pending = 0 AND sending = 0;
        """)
#endif
