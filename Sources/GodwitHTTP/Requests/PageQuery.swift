import GodwitCore
import GodwitStore

extension QueryReader {
    /// `limit`, `iterator` and `order` of a list.
    ///
    /// - Parameter key: the place in the list that an iterator names. A leading `-` asks for the page before it.
    mutating func page<Key: Hashable & Sendable>(
        order standard: PageRequest<Key>.Order, orderIsFixed: Bool = false, _ key: (String) -> Key?
    ) -> PageRequest<Key> {
        var page = PageRequest<Key>(limit: limit(), order: standard)
        if let iterator = text("iterator") {
            let isBackwards = iterator.hasPrefix("-")
            if let key = key(isBackwards ? String(iterator.dropFirst()) : iterator) {
                page.position = isBackwards ? .before(key) : .after(key)
            } else {
                fail("iterator", "expected an iterator that this list returned")
            }
        }
        let order: PageRequest<Key>.Order? = value("order", expecting: "ascending or descending") { text in
            switch text {
            case "ascending": .ascending
            case "descending": .descending
            default: nil
            }
        }
        if !orderIsFixed { page.order = order ?? standard }
        return page
    }

    mutating func limit() -> Int {
        let limit = value("limit", expecting: "an integer") { Int($0) } ?? Limits.pageItemsDefault
        guard limit >= 1 else {
            fail("limit", "Given limit must be at least 1")
            return 1
        }
        guard limit <= Limits.pageItems else {
            fail("limit", "Given limit must not exceed \(Limits.pageItems)")
            return 1
        }
        return limit
    }

    /// As `page`, for lists by time, newest first. With `after` alone the page is the one that follows that moment, so that a
    /// client can walk towards the present.
    mutating func timePage<Kind: Identified>(
        _ kind: Kind.Type, before: Instant?, after: Instant?
    ) -> PageRequest<Int64> {
        var page = page(order: PageRequest<Int64>.Order.descending, orderIsFixed: true) { Identifier<Kind>($0)?.key }
        if let after, before == nil, page.position == .start { page.position = .before(TimeKey.first(at: after) - 1) }
        return page
    }
}
