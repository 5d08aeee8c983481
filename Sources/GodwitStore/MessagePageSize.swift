package import GodwitCore

/// Ends a page of messages at `Limits.pagePayloadBytes`, so that 250 payloads of the greatest size are not one answer.
package struct MessagePageSize {
    private var bytes = 0

    package init() {}

    /// Whether this message, which is still part of the page, is its last.
    package mutating func isFull(with message: Message) -> Bool {
        bytes += message.payload?.count ?? 0
        return bytes >= Limits.pagePayloadBytes
    }

    /// - Parameter rows: in the order of fetching, to the message that filled the page if one did.
    package func page(_ rows: [Message], _ request: PageRequest<Int64>) -> Page<Message> {
        var page = request.page(fromFetched: rows)
        // Whether more follow was not looked at; if not, the next page is empty and says so.
        if bytes >= Limits.pagePayloadBytes { page.hasMore = true }
        return page
    }
}
