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
                FeedEntries(endpoint: endpoint, after: after, limit: limit), until: { size.isFull(with: $0) })
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
