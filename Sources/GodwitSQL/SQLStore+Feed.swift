package import GodwitCore
package import GodwitStore

extension SQLStore {
    package func feedHead(endpoint: Int64) throws(StoreError) -> Int64 {
        try read { connection throws(StoreError) in try connection.feedHead(endpoint: endpoint) }
    }

    package func feed(endpoint: Int64, after: Int64, limit: Int) throws(StoreError) -> [FeedEntry] {
        try read { connection throws(StoreError) in
            var size = FeedPageSize()
            return try connection.rows(
                FeedEntries(endpoint: endpoint, after: after, limit: limit),
                from: { delivery, message in message.map { FeedEntry(delivery: delivery, message: $0) } },
                until: { size.isFull(with: $0) })
        }
    }

    package func feedPosition(endpoint: Int64, after instant: Instant) throws(StoreError) -> Int64 {
        try read { connection throws(StoreError) in
            let key = KeyRange(after: instant, before: nil).first
            let first = try connection.first(FirstSequence(endpoint: endpoint, fromMessage: key))
            if let first { return first - 1 }
            return try connection.feedHead(endpoint: endpoint)
        }
    }
}

extension SQLStore {
    package func consumer(endpoint: Int64, name: String) throws(StoreError) -> Consumer? {
        try read { connection throws(StoreError) in
            try connection.first(FindConsumer(endpoint: endpoint, name: name))
        }
    }
}

extension SQLConnection {
    func feedHead(endpoint: Int64) throws(StoreError) -> Int64 { try first(FindLastSequence(endpoint: endpoint)) ?? 0 }
}

extension SQLStore {
    package func feedHeads(_ endpoints: Set<Int64>) throws(StoreError) -> [Int64: Int64] {
        guard !endpoints.isEmpty else { return [:] }
        return try read { connection throws(StoreError) in
            var heads: [Int64: Int64] = [:]
            for head in try connection.all(FeedHeads(endpoints: endpoints.sorted())) { heads[head.endpoint] = head.sequence }
            return heads
        }
    }
}

/// Those that were never numbered are left out. Index: primary key.
private struct FeedHeads: SQLStatement {
    static let sql = """
        SELECT endpoint_key, last_sequence FROM endpoint_sequences
        WHERE  endpoint_key IN (SELECT CAST(value AS BIGINT) FROM json_each(?1)) AND last_sequence > 0
        """

    let endpoints: [Int64]

    func bind(to statement: some SQLParameters) { statement.bindText(StoredJSON.write(endpoints), at: 1) }

    static func decode(_ row: some SQLRow) -> (endpoint: Int64, sequence: Int64) { (row.integer(0), row.integer(1)) }
}
