/// Keeps a receiver's place in a feed.
public protocol CursorStore: Sendable {
    /// nil: never saved.
    func load(feed: String) async throws -> FeedPosition?
    /// Replaces what was there.
    func save(_ position: FeedPosition, feed: String) async throws
}

/// A place in a feed.
public struct FeedPosition: Hashable, Sendable {
    /// Everything up to here is done, but for what `details` says.
    public var cursor: Int64
    /// What is done above it, and what waits for its time: `12-14,20-20,7-7@1800000000`. At most 64 KiB; keep it as it is.
    public var details: String

    /// A place.
    public init(cursor: Int64, details: String = "") {
        self.cursor = cursor
        self.details = details
    }
}

extension ReceiverFile: CursorStore {
    /// From the file.
    public func load(feed: String) async throws -> FeedPosition? {
        try await read { transaction in
            let rows = try transaction.query("SELECT cursor, details FROM feed_cursors WHERE feed = $1", [.text(feed)])
            guard let row = rows.first, let cursor = row[0].integer else { return nil }
            return FeedPosition(cursor: cursor, details: row[1].text ?? "")
        }
    }

    /// To the file.
    public func save(_ position: FeedPosition, feed: String) async throws {
        try await transaction { transaction in
            _ = try transaction.run(
                """
                INSERT INTO feed_cursors (feed, cursor, details) VALUES ($1, $2, $3)
                ON CONFLICT (feed) DO UPDATE SET cursor = excluded.cursor, details = excluded.details
                """, [.text(feed), .integer(position.cursor), .text(position.details)])
        }
    }
}
