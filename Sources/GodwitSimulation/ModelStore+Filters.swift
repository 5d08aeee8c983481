import GodwitCore
import GodwitStore

extension Message {
    func passes(eventTypes: [String]?, channel: String?, tag: String?) -> Bool {
        if let eventTypes, !eventTypes.contains(eventType) { return false }
        if let channel, !channels.contains(channel) { return false }
        if let tag, !tags.contains(tag) { return false }
        return true
    }
}

extension MessageFilter {
    func passes(_ message: Message) -> Bool { message.passes(eventTypes: eventTypes, channel: channel, tag: tag) }

    /// Whether the index by which a list goes gives it.
    func isInSource(_ message: Message) -> Bool {
        switch source {
        case .all: true
        case .types(let types): types.contains(message.eventType)
        case .channel(let channel): message.channels.contains(channel)
        case .tag(let tag): message.tags.contains(tag)
        }
    }
}

extension AttemptFilter {
    /// Whether the index by which a list goes gives it.
    func isInSource(_ attempt: AttemptRecord) -> Bool {
        let isUnusual = !attempt.succeeded || attempt.statusClass != 200
        let isOfSubject = attempt.delivery.message == subject.key && isOfMessage
        let isOfEndpoint = attempt.delivery.endpoint == subject.key && !isOfMessage
        return KeyRange(after: after, before: before).contains(attempt.id.key) && (isOfSubject || isOfEndpoint)
            && (source != .unusualOfEndpoint || isUnusual)
    }

    func passes(_ attempt: AttemptRecord, of message: Message?) -> Bool {
        switch subject {
        case .message(let key): if attempt.delivery.message != key { return false }
        case .endpoint(let key): if attempt.delivery.endpoint != key { return false }
        }
        // By endpoint, the subject has said it already.
        if case .message = subject, let endpoint, attempt.delivery.endpoint != endpoint { return false }
        guard KeyRange(after: after, before: before).contains(attempt.id.key) else { return false }
        switch status {
        case nil: break
        case .success: if !attempt.succeeded { return false }
        case .pending, .canceled: return false
        case .fail: if attempt.succeeded || attempt.nextAttempt != nil { return false }
        case .sending: if attempt.succeeded || attempt.nextAttempt == nil { return false }
        }
        if let statusClass, attempt.statusClass != statusClass { return false }
        guard eventTypes != nil || channel != nil || tag != nil else { return true }
        return message?.passes(eventTypes: eventTypes, channel: channel, tag: tag) ?? false
    }
}

extension AttemptRecord {
    var statusClass: Int {
        switch outcome {
        case .failed: 0
        case .responded(let response): Int(response.status) / 100 * 100
        }
    }
}

extension PageRequest where Key: Comparable {
    /// Of items in any order.
    func page<Item>(of items: [Item], key: (Item) -> Key) -> Page<Item> {
        page(fromFetched: fetched(of: items, key: key))
    }

    /// What a store would fetch for this page, in the order of fetching.
    func fetched<Item>(of items: [Item], key: (Item) -> Key) -> [Item] {
        Array(beyond(items, key: key).prefix(limit + 1))
    }

    /// All beyond the page's cursor, in the order of fetching.
    fileprivate func beyond<Item>(_ items: [Item], key: (Item) -> Key) -> [Item] {
        let sorted = items.sorted { fetchesAscending ? key($0) < key($1) : key($0) > key($1) }
        return sorted.filter { item in
            switch position {
            case .start: true
            case .after(let bound), .before(let bound): fetchesAscending ? key(item) > bound : key(item) < bound
            }
        }
    }
}

extension PageRequest<Int64> {
    /// What a store would fetch of these for this page, and how far it would look; see `page(fromFetched:lookedUpTo:)`.
    ///
    /// - Parameter passes: nil when all do.
    func scanned<Item>(
        _ items: [Item], key: (Item) -> Int64, passes: ((Item) -> Bool)?
    ) -> (rows: [Item], horizon: Int64?) {
        let beyond = beyond(items, key: key)
        guard let passes else { return (Array(beyond.prefix(limit + 1)), nil) }
        let looked = beyond.prefix(Limits.listScan)
        return (Array(looked.filter(passes).prefix(limit + 1)), looked.count == Limits.listScan ? looked.last.map(key) : nil)
    }
}
