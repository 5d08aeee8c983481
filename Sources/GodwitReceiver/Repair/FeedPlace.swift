import Synchronization

/// A receiver's place in a feed: in memory, and now and then in its store.
final class FeedPlace: Sendable {
    private struct State {
        var tracker: SequenceTracker?
        var unsaved = 0
    }

    private let name: String
    private let cursors: any CursorStore
    /// Where a receiver begins that has no place yet.
    private let start: @Sendable () async throws -> Int64
    private let state = Mutex(State())
    private let saving = Turns(limit: .max)

    init(name: String, cursors: any CursorStore, start: @escaping @Sendable () async throws -> Int64) {
        self.name = name
        self.cursors = cursors
        self.start = start
    }

    func tracker() async throws -> SequenceTracker {
        if let tracker = state.withLock({ $0.tracker }) { return tracker }
        let saved = try await cursors.load(feed: name)
        let cursor: Int64 = if let saved { saved.cursor } else { try await start() }
        let tracker = state.withLock { state in
            let tracker = state.tracker ?? SequenceTracker(cursor: cursor, text: saved?.details ?? "")
            state.tracker = tracker
            return tracker
        }
        // So that it begins there after a restart, too.
        if saved == nil { try await save() }
        return tracker
    }

    /// - Returns: the place as it is then; nil when it can't be loaded now. What isn't noted is fetched again, and recognised by its
    ///   identifier.
    @discardableResult
    func update(_ change: (inout SequenceTracker) -> Void) async -> SequenceTracker? {
        guard var loaded = try? await tracker() else { return nil }
        let (tracker, isDue) = state.withLock { state in
            loaded = state.tracker ?? loaded
            change(&loaded)
            state.tracker = loaded
            state.unsaved += 1
            return (loaded, state.unsaved >= ReceiverLimits.notesBetweenSaves)
        }
        if isDue { try? await save() }
        return tracker
    }

    /// One at a time, so that an older place never replaces a newer one.
    func save() async throws {
        _ = await saving.enter("save", isOwn: true)
        defer { saving.leave("save") }
        let (tracker, unsaved) = state.withLock { ($0.tracker, $0.unsaved) }
        guard let tracker else { return }
        let (cursors, name) = (cursors, name)
        try await uncancelled {
            try await cursors.save(FeedPosition(cursor: tracker.cursor, details: tracker.text), feed: name)
        }
        state.withLock { $0.unsaved -= unsaved }
    }

    func saveIfChanged() async throws {
        if state.withLock({ $0.unsaved > 0 }) { try await save() }
    }
}
