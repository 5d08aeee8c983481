import GodwitCore

/// Where a page ended because enough was looked at, though it isn't full: the list goes on behind this key.
package struct ScanEnd: Hashable, Sendable {
    package let key: Int64
    /// Whether the page was fetched against the list's order: then it goes on before this key.
    package let isBackwards: Bool

    package init(key: Int64, isBackwards: Bool) {
        self.key = key
        self.isBackwards = isBackwards
    }
}

/// A filter that few rows pass would read a whole table for one page. So a page that is fetched by an index which doesn't know the
/// filter looks at no more than `Limits.listScan` rows of that index, and then ends, with more to come.
extension PageRequest<Int64> {
    /// - Parameters:
    ///   - rows: up to `limit + 1` that passed, in the order of fetching.
    ///   - horizon: the last key that was looked at, if there may be more behind it.
    package func page<Item>(fromFetched rows: [Item], lookedUpTo horizon: Int64?) -> Page<Item> {
        var page = page(fromFetched: rows)
        guard !page.hasMore, let horizon else { return page }
        page.hasMore = true
        if case .before = position {
            page.end = ScanEnd(key: horizon, isBackwards: true)
        } else {
            page.end = ScanEnd(key: horizon, isBackwards: false)
        }
        return page
    }

    /// Smallest key inside and smallest past the end, of the page's cursor and a range together. One lower and one upper bound:
    /// of two of the same kind a database may choose the weaker, and read all former pages again.
    package func keys(within range: KeyRange) -> (first: Int64, end: Int64) {
        switch position {
        case .start: (range.first, range.end)
        case .after(let key), .before(let key):
            fetchesAscending ? (max(range.first, key == .max ? key : key + 1), range.end) : (range.first, min(range.end, key))
        }
    }

    /// The same keys, no further than this one in the direction of fetching.
    package func keys(_ keys: (first: Int64, end: Int64), upTo horizon: Int64?) -> (first: Int64, end: Int64) {
        guard let horizon else { return keys }
        return fetchesAscending ? (keys.first, min(keys.end, horizon + 1)) : (max(keys.first, horizon), keys.end)
    }
}
