import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// What one endpoint did not get, and how the engine sees it now.
struct DeadLetterRoutes {
    private static let path = EndpointRoutes.path + "/dead-letter"

    var routes: [Route] {
        [
            Route(.get, Self.path, .application, list),
            Route(.post, Self.path + "/release", .application, release),
            Route(.get, EndpointRoutes.path + "/delivery-status", .application, status),
        ]
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let page = try request.readQuery { query in
            query.page(order: PageRequest<Int64>.Order.descending) { MessageID($0)?.key }
        }
        let endpoint = try await request.endpoint()
        let found = try await request.engine.read { store throws(StoreError) in
            let letters = try store.deadLetters(endpoint: endpoint.id.key, page)
            var items: [DeadLetter] = []
            for letter in letters.items {
                // One message after the other: together, their payloads could be very large.
                guard let message = try store.message(application: endpoint.application, key: letter.key.message) else {
                    continue
                }
                var filter = AttemptFilter(subject: .message(letter.key.message))
                filter.endpoint = endpoint.id.key
                let last = try store.attempts(filter, PageRequest(limit: 1, order: .descending)).items.first
                items.append(DeadLetter(letter, of: message, lastAttempt: last))
            }
            return Page(items: items, hasMore: letters.hasMore)
        }
        return Answer(.ok, ListAnswer(found, iterator: \.message.description) { $0 })
    }

    /// Lets those pass that wait behind dead letters in line.
    private func release(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        let text = try request.readOptionalBody { $0.optional("msgId", .name) }
        var message: Int64?
        if let text {
            guard let reference = Reference(text, MessageKind.self),
                let found = try await request.engine.read({ store throws(StoreError) in
                    try store.message(application: endpoint.application, reference)?.id.key
                })
            else { throw Problem(["body", "msgId"], "the application has no such message") }
            message = found
        }
        let released = try await request.engine.releaseLines(endpoint: endpoint.id.key, message: message)
        return Answer(.ok, ["released": released])
    }

    private func status(_ request: APIRequest) async throws -> Answer {
        let endpoint = try await request.endpoint()
        // An endpoint that was created in this moment may not have reached the engine yet.
        guard let status = await request.engine.status(of: endpoint.id.key) else { throw Problem.notFound }
        return Answer(.ok, status)
    }
}

/// A dead letter without its payload.
struct DeadLetter: Sendable {
    let message: MessageID
    let eventType: String
    let delivery: StoredDelivery
    let lastAttempt: AttemptRecord?

    init(_ delivery: StoredDelivery, of message: Message, lastAttempt: AttemptRecord?) {
        self.message = message.id
        eventType = message.eventType
        self.delivery = delivery
        self.lastAttempt = lastAttempt
    }
}

extension DeadLetter: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("msgId", message)
            writer.field("eventType", eventType)
            writer.field("sequence", delivery.sequence)
            if case .exhausted(let at) = delivery.machine.state { writer.field("deadSince", at) }
            writer.field("attempts", delivery.machine.attempts)
            writer.field("parked", delivery.machine.line != nil)
            writer.name("lastAttempt")
            guard let lastAttempt else { return writer.null() }
            writer.object { writer in
                writer.field("id", lastAttempt.id)
                writer.field("timestamp", lastAttempt.startedAt)
                switch lastAttempt.outcome {
                case .responded(let response):
                    writer.field("responseStatusCode", response.status)
                    writer.field("failure", TransportFailure?.none)
                case .failed(let failure):
                    writer.field("responseStatusCode", 0)
                    writer.field("failure", failure)
                }
            }
        }
    }
}

extension LaneStatus: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("breaker", breaker.word)
            if case .open(let until) = breaker { writer.field("breakerOpenUntil", until) }
            writer.field("pausedUntil", pausedUntil)
            writer.field("concurrency", concurrency)
            writer.field("inFlight", inFlight)
            writer.field("queued", queued)
            writer.field("nextDue", nextDue)
        }
    }
}

extension LaneStatus.Breaker {
    var word: String {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .probing: "probing"
        }
    }
}
