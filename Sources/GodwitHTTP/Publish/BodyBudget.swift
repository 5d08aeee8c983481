import GodwitCore
import Synchronization

/// The bytes of request bodies that all connections together may hold, so that many large requests at once can't fill the
/// memory, whoever sends them.
final class BodyBudget: Sendable {
    private let limit: Int
    private let used = Atomic(0)

    init(limit: Int = Limits.requestBodyBytesHeld) { self.limit = limit }

    /// - Returns: false when there is no room; nothing was taken then.
    func take(_ bytes: Int) -> Bool {
        guard used.add(bytes, ordering: .relaxed).newValue <= limit else {
            give(bytes)
            return false
        }
        return true
    }

    func give(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }
}
