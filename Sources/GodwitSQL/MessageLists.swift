package import GodwitCore
package import GodwitStore

/// Index: `messages_list`, in its order.
struct ListMessages<Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT \(MessageColumns.names) FROM messages INDEXED BY messages_list
        WHERE  application_key = ?1 AND key >= ?2 AND key < ?3
        ORDER  BY key \(Direction.order) LIMIT ?4
        """
    }

    let application: Int64
    let keys: (first: Int64, end: Int64)
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(keys.first, at: 2)
        statement.bind(keys.end, at: 3)
        statement.bind(limit, at: 4)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Message { try Message(row) }
}

/// Index: `messages_by_event_type`, which holds all that is asked for, in its order.
struct MessageKeysOfType<Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT key FROM messages INDEXED BY messages_by_event_type
        WHERE  application_key = ?1 AND event_type = ?2 AND key >= ?3 AND key < ?4
        ORDER  BY key \(Direction.order) LIMIT ?5
        """
    }

    let application: Int64
    let eventType: String
    let keys: (first: Int64, end: Int64)
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(eventType, at: 2)
        statement.bind(keys.first, at: 3)
        statement.bind(keys.end, at: 4)
        statement.bind(limit, at: 5)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Index: primary key of `message_labels`, in its order; then messages by key.
struct ListLabelledMessages<Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT \(MessageColumns.qualifiedNames)
        FROM   message_labels CROSS JOIN messages ON messages.key = message_labels.message_key
        WHERE  message_labels.application_key = ?1 AND message_labels.label = ?2
               AND message_labels.message_key >= ?3 AND message_labels.message_key < ?4
               AND \(MessageFilter.condition(from: 5))
        ORDER  BY message_labels.message_key \(Direction.order) LIMIT ?8
        """
    }

    let application: Int64
    let label: String
    let filter: MessageFilter
    let keys: (first: Int64, end: Int64)
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(label, at: 2)
        statement.bind(keys.first, at: 3)
        statement.bind(keys.end, at: 4)
        filter.bind(to: statement, from: 5)
        statement.bind(limit, at: 8)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Message { try Message(row) }
}

/// The last message that a page by a label may look at. Index: primary key of `message_labels`.
struct LabelHorizon<Direction: FetchDirection>: SQLStatement {
    static var sql: String {
        """
        SELECT message_key FROM message_labels
        WHERE  application_key = ?1 AND label = ?2 AND message_key >= ?3 AND message_key < ?4
        ORDER  BY message_key \(Direction.order) LIMIT 1 OFFSET ?5
        """
    }

    let application: Int64
    let label: String
    let keys: (first: Int64, end: Int64)

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(label, at: 2)
        statement.bind(keys.first, at: 3)
        statement.bind(keys.end, at: 4)
        statement.bind(Limits.listScan - 1, at: 5)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

extension MessageFilter {
    /// By the parameters from that number on, three of them.
    static func condition(from index: Int) -> String {
        """
        (?\(index) IS NULL OR messages.event_type IN (SELECT value FROM json_each(?\(index))))
               AND (?\(index + 1) IS NULL OR EXISTS (SELECT 1 FROM json_each(messages.channels) WHERE value = ?\(index + 1)))
               AND (?\(index + 2) IS NULL OR EXISTS (SELECT 1 FROM json_each(messages.tags) WHERE value = ?\(index + 2)))
        """
    }

    func bind(to statement: some SQLParameters, from index: Int32) {
        statement.bindText(eventTypes.map { StoredJSON.write($0) }, at: index)
        statement.bind(channel, at: index + 1)
        statement.bind(tag, at: index + 2)
    }
}

extension SQLStore {
    package func messages(
        application: Int64, _ filter: MessageFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<Message> {
        try readList { connection throws(StoreError) in
            page.fetchesAscending
                ? try connection.messages(application, filter, page, Upwards.self)
                : try connection.messages(application, filter, page, Downwards.self)
        }
    }
}

extension SQLConnection {
    fileprivate func messages<Direction: FetchDirection>(
        _ application: Int64, _ filter: MessageFilter, _ page: PageRequest<Int64>, _: Direction.Type
    ) throws(StoreError) -> Page<Message> {
        let keys = page.keys(within: KeyRange(after: filter.after, before: filter.before))
        var size = MessagePageSize()
        switch filter.source {
        case .all:
            let rows = try rows(
                ListMessages<Direction>(application: application, keys: keys, limit: page.fetchLimit),
                until: { size.isFull(with: $0) })
            return size.page(rows, page)
        case .types(let types):
            var found: [Int64] = []
            for type in Set(types) {
                found += try all(
                    MessageKeysOfType<Direction>(
                        application: application, eventType: type, keys: keys, limit: page.fetchLimit))
            }
            found.sort { page.fetchesAscending ? $0 < $1 : $0 > $1 }
            var rows: [Message] = []
            for key in found.prefix(page.fetchLimit) {
                guard let message = try first(FindMessageByKey(key: key)) else { continue }
                rows.append(message)
                if size.isFull(with: message) { break }
            }
            return size.page(rows, page)
        case .channel, .tag:
            let label = filter.tag.map(MessageLabel.tag) ?? MessageLabel.channel(filter.channel ?? "")
            let horizon =
                filter.sourceIsExact
                ? nil : try first(LabelHorizon<Direction>(application: application, label: label, keys: keys))
            let rows = try rows(
                ListLabelledMessages<Direction>(
                    application: application, label: label, filter: filter, keys: page.keys(keys, upTo: horizon),
                    limit: page.fetchLimit), until: { size.isFull(with: $0) })
            return size.page(rows, page, lookedUpTo: horizon)
        }
    }
}
