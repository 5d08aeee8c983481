package import GodwitCore

/// The keys that two moments bound, both of them outside. Keys know time to 4 ms, so a whole unit of that size counts as one moment.
package struct KeyRange: Hashable, Sendable {
    /// The smallest key inside.
    package let first: Int64
    /// The smallest key past the end.
    package let end: Int64

    package init(after: Instant?, before: Instant?) {
        first = after.map { TimeKey.first(at: $0 + .milliseconds(4)) } ?? .min
        end = before.map { TimeKey.first(at: $0) } ?? .max
    }

    package func contains(_ key: Int64) -> Bool { key >= first && key < end }
}
