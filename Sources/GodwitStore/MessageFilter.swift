extension MessageFilter {
    /// What a list is read by: the one of its filters that an index knows.
    package enum Source: Hashable, Sendable {
        case all
        case types([String])
        case channel(String)
        case tag(String)
    }

    /// The narrowest first.
    package var source: Source {
        if let tag { return .tag(tag) }
        if let channel { return .channel(channel) }
        return eventTypes.map { .types($0) } ?? .all
    }

    /// Whether everything that the source gives passes. Otherwise a page looks at no more than `Limits.listScan` of that.
    package var sourceIsExact: Bool { [eventTypes != nil, channel != nil, tag != nil].count { $0 } <= 1 }
}
