/// The tables of a `ReceiverFile`, besides the caller's own.
enum ReceiverSchema {
    static let script = """
        \(ProcessedWebhooks.table);
        \(ProcessedWebhooks.index);
        CREATE TABLE IF NOT EXISTS webhook_claims (id TEXT PRIMARY KEY, owner TEXT NOT NULL, until BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS webhook_inbox (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            provider TEXT NOT NULL,
            grade TEXT NOT NULL,
            id TEXT NOT NULL,
            event_type TEXT,
            timestamp BIGINT,
            body BLOB NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            due BIGINT NOT NULL DEFAULT 0,
            parked INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX IF NOT EXISTS webhook_inbox_due ON webhook_inbox (parked, due, number);
        CREATE TABLE IF NOT EXISTS webhook_inbox_size (
            only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
            waiting INTEGER NOT NULL,
            parked INTEGER NOT NULL
        );
        -- Kept by triggers: counting a million that wait for each one that comes would take longer than its handler.
        INSERT OR IGNORE INTO webhook_inbox_size
        SELECT 1, count(*) FILTER (WHERE parked = 0), count(*) FILTER (WHERE parked = 1) FROM webhook_inbox;
        CREATE TRIGGER IF NOT EXISTS webhook_inbox_added AFTER INSERT ON webhook_inbox BEGIN
            UPDATE webhook_inbox_size SET waiting = waiting + 1 - NEW.parked, parked = parked + NEW.parked;
        END;
        CREATE TRIGGER IF NOT EXISTS webhook_inbox_removed AFTER DELETE ON webhook_inbox BEGIN
            UPDATE webhook_inbox_size SET waiting = waiting - 1 + OLD.parked, parked = parked - OLD.parked;
        END;
        CREATE TRIGGER IF NOT EXISTS webhook_inbox_moved AFTER UPDATE OF parked ON webhook_inbox
        WHEN NEW.parked <> OLD.parked BEGIN
            UPDATE webhook_inbox_size
            SET waiting = waiting + OLD.parked - NEW.parked, parked = parked + NEW.parked - OLD.parked;
        END;
        CREATE TABLE IF NOT EXISTS feed_cursors (
            feed TEXT PRIMARY KEY,
            cursor BIGINT NOT NULL,
            details TEXT NOT NULL
        );
        """
}
