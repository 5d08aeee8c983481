import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// Acknowledged pull, in the manner of RFC 8936.
struct ConsumerRoutes {
    var routes: [Route] {
        [
            // What it hands out isn't kept to be given again: an item that wasn't acknowledged comes again by itself.
            Route(.post, FeedRoutes.path + "/consumer/{consumer_id}/poll", .application, remembers: false, poll)
        ]
    }

    private func poll(_ request: APIRequest) async throws -> Answer {
        let input = try request.readOptionalBody(ConsumerPollIn.init)
        let endpoint = try await request.endpoint()
        let name = try request.consumer("consumer_id")
        let key = endpoint.id.key
        let engine = request.engine
        var batch = try await request.poll(endpoint, name, input.poll)
        // What was handed back is for others who wait.
        if !input.poll.handedBack.isEmpty { engine.noteFeed(key) }
        if batch.items.isEmpty, input.waits {
            guard let waiter = engine.joinFeed(key) else { throw Problem.tooManyWaiters }
            let deadline = engine.now + .seconds(Limits.feedWaitSeconds.upperBound)
            let again = ConsumerPoll(limit: input.poll.limit, visibility: input.poll.visibility)
            var goesOn = true
            while true {
                batch = try await request.poll(endpoint, name, again)
                guard goesOn, batch.items.isEmpty, engine.now < deadline else { break }
                let until = min(deadline, batch.nextExpiry ?? deadline)
                goesOn = await engine.wait(waiter, atMost: until - engine.now)
            }
        }
        return try await request.answer(to: batch, of: endpoint, name)
    }
}

extension APIRequest {
    fileprivate func poll(_ endpoint: Endpoint, _ name: String, _ poll: ConsumerPoll) async throws -> ConsumerBatch {
        let command = CatalogCommand.consumer(.poll(endpoint: endpoint.id.key, name: name, poll))
        guard case .consumer(.batch(let batch)) = try await change(command, conflict: .tooManyConsumers) else {
            throw Problem.serverError
        }
        return batch
    }

    /// What is too much for one answer is handed back, and what isn't in the store any more is acknowledged.
    fileprivate func answer(to batch: ConsumerBatch, of endpoint: Endpoint, _ name: String) async throws -> Answer {
        let key = endpoint.id.key
        var batch = batch
        let taken = Consumer.ranges(of: batch.items)
        let (entries, looked) = try await engine.read { store throws(StoreError) in
            var entries: [FeedEntry] = []
            var size = FeedPageSize()
            for range in taken {
                for entry in try store.feed(endpoint: key, after: range.lowerBound - 1, limit: range.count)
                where range.contains(entry.sequence) {
                    entries.append(entry)
                    if size.isFull(with: entry) { return (entries, entry.sequence) }
                }
            }
            return (entries, Int64.max)
        }
        let present = Set(entries.map(\.sequence))
        let missing = batch.items.filter { !present.contains($0) }
        if !missing.isEmpty {
            let cleared = ConsumerPoll(
                acknowledged: missing.filter { $0 <= looked }, handedBack: missing.filter { $0 > looked })
            batch = try await poll(endpoint, name, cleared)
            engine.noteFeed(key)
        }
        var headers = try engine.pullHeaders(of: endpoint)
        let now = engine.now
        let items = try entries.map { try FeedItem($0, &headers, at: now) }
        return Answer(
            .ok,
            ConsumerPage(items: items, hasMore: batch.hasMore, head: batch.head, acknowledged: batch.acknowledged),
            reserving: items.count * 1024 + 64, headers: .feed(head: batch.head))
    }
}

private struct ConsumerPollIn: Sendable {
    let poll: ConsumerPoll
    let waits: Bool

    init(_ reader: inout JSONReader) {
        let numbers = JSONShape<[Int64]>.array(of: .sequenceNumber)
        poll = ConsumerPoll(
            acknowledged: reader.optional("ack", numbers) ?? [], handedBack: reader.optional("nack", numbers) ?? [],
            limit: reader.optional("maxEvents", .int(in: 1...Limits.pageItems)) ?? Limits.pageItemsDefault,
            visibility: .seconds(reader.optional("visibilityTimeout", .int(in: Limits.visibilitySeconds)) ?? 30))
        waits = !(reader.optional("returnImmediately", .bool) ?? false)
    }
}

extension JSONShape where Value == Int64 {
    fileprivate static var sequenceNumber: Self {
        JSONShape<Int>.int(in: 1...Int(Int64.max / 2)).converted(placeholder: 1) { .accepted(Int64($0)) }
    }
}

private struct ConsumerPage: JSONWritable {
    let items: [FeedItem]
    let hasMore: Bool
    let head: Int64
    let acknowledged: Int64

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("items", items)
            writer.field("moreAvailable", hasMore)
            writer.field("head", head)
            writer.field("acknowledged", acknowledged)
        }
    }
}
