package import GodwitCore

/// Ends a page of messages at `Limits.pagePayloadBytes`, so that 250 payloads of the greatest size are not one answer.
package struct MessagePageSize {
    private var bytes = 0

    package init() {}

    /// Whether this message, which is still part of the page, is its last.
    package mutating func isFull(with message: Message) -> Bool {
        bytes += message.contentBytes
        return bytes >= Limits.pagePayloadBytes
    }

    /// - Parameters:
    ///   - rows: in the order of fetching, to the one that filled the page if one did.
    ///   - horizon: see `PageRequest.page(fromFetched:lookedUpTo:)`.
    package func page<Item>(
        _ rows: [Item], _ request: PageRequest<Int64>, lookedUpTo horizon: Int64? = nil
    ) -> Page<Item> {
        guard bytes >= Limits.pagePayloadBytes else { return request.page(fromFetched: rows, lookedUpTo: horizon) }
        var page = request.page(fromFetched: rows)
        // Whether more follow was not looked at; if not, the next page is empty and says so.
        page.hasMore = true
        return page
    }
}
