/// One page of a list that is ordered by a key.
package struct PageRequest<Key: Hashable & Sendable>: Hashable, Sendable {
    /// 1...`Limits.pageItems`
    package var limit: Int
    package var position: Position
    package var order: Order

    package enum Position: Hashable, Sendable {
        case start
        /// The items that follow this one, in the list's order.
        case after(Key)
        /// The page that ends before this one, in the list's order.
        case before(Key)
    }

    package enum Order: Hashable, Sendable { case ascending, descending }

    package init(limit: Int, position: Position = .start, order: Order) {
        self.limit = limit
        self.position = position
        self.order = order
    }
}

/// Items in the list's order, and whether there are more in the direction that was asked for.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    package var hasMore: Bool
    /// Set when the page isn't full because enough was looked at.
    package var end: ScanEnd?

    package init(items: [Item], hasMore: Bool, end: ScanEnd? = nil) {
        self.items = items
        self.hasMore = hasMore
        self.end = end
    }
}

extension PageRequest {
    /// Whether rows are fetched upwards by key: a page before something is fetched against the list's order and turned round.
    package var fetchesAscending: Bool {
        switch position {
        case .start, .after: order == .ascending
        case .before: order == .descending
        }
    }

    /// Makes the page from up to `limit + 1` rows in the order of fetching.
    package func page<Item>(fromFetched rows: [Item]) -> Page<Item> {
        let items = Array(rows.prefix(limit))
        if case .before = position { return Page(items: items.reversed(), hasMore: rows.count > limit) }
        return Page(items: items, hasMore: rows.count > limit)
    }
}

/// How a request names a thing: by our identifier or by the caller's own.
package enum Reference: Hashable, Sendable {
    /// `Identifier.key`, with the whole identifier's text to compare: keys are guessable, identifiers aren't.
    case id(key: Int64, text: String)
    case uid(String)
}
