import GodwitCore
import GodwitEngine
import GodwitStore
import NIOCore

/// Writes the dataset through the store's own commands, so that its indexes and statistics are as a server leaves them.
struct APIStoreFiller {
    let dataset: APIDataset
    let showsProgress: Bool
    private let store: any Store
    private let identifiers = IdentifierSource(after: 0)
    private let lease: Lease

    /// Messages of one transaction. A database server is asked less often: each transaction is a way there and back.
    private var batch: Int { store.isShared ? 1000 : 200 }

    struct Filled: Sendable {
        let application: Application
        let endpoints: [Endpoint]
        var deliveries = 0
        var attempts = 0
    }

    init(_ dataset: APIDataset, _ place: BenchStore, showsProgress: Bool) throws {
        self.dataset = dataset
        self.showsProgress = showsProgress
        store = try place.open()
        lease = try store.begin(at: dataset.end)
    }

    /// Blocks for as long as it takes, but for pauses in which it can be cancelled.
    func fill() async throws -> Filled {
        defer { store.close() }
        var filled = try register()
        var said = NIODeadline.now()
        for start in stride(from: 0, to: dataset.messages, by: batch) {
            try Task.checkCancellation()
            let numbers = start..<min(dataset.messages, start + batch)
            var commands: [WriteCommand] = []
            for number in numbers { commands += self.commands(of: number, &filled) }
            _ = try store.commit(commands, at: dataset.publishedAt(numbers.upperBound))
            guard showsProgress, NIODeadline.now() - said >= .seconds(1) else { continue }
            said = .now()
            BenchProgress.say("store: \(numbers.upperBound) of \(dataset.messages) messages")
            await Task.yield()
        }
        try foldStatistics()
        try leave()
        return filled
    }

    /// As a server does once a minute, which this store never had.
    private func foldStatistics() throws {
        let before = dataset.end.minutesSince1970 - Limits.statisticsMinutesKept
        let command = WriteCommand.catalog(.statistics(.fold(before: before, limit: Limits.statisticsFolded)))
        while case .catalog(.success(.count(Limits.statisticsFolded))) = try store.commit([command], at: dataset.end)[0] {}
    }

    /// Or a server that starts now would wait until this node is silent for long enough.
    private func leave() throws {
        guard store.isShared else { return }
        _ = try store.commit(
            [.catalog(.node(.giveUp(lease, silentFor: .zero))), .catalog(.node(.remove(lease)))], at: dataset.end)
    }

    private func register() throws -> Filled {
        let at = dataset.publishedAt(0) + .seconds(-60)
        let application = Application(
            id: identifiers.next(ApplicationKind.self, at: at), organization: .standard, uid: "bench", name: "godwit bench",
            createdAt: at, updatedAt: at)
        let endpoints = (0..<dataset.endpoints).map { number in
            Endpoint(
                id: identifiers.next(EndpointKind.self, at: at), application: application.id.key, uid: "endpoint-\(number)",
                url: "http://127.0.0.1:9/\(number)",
                secrets: [EndpointSecret(wireText: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")], createdAt: at, updatedAt: at)
        }
        let commands = [WriteCommand.catalog(.insertApplication(application))]
        _ = try store.commit(commands + endpoints.map { .catalog(.insertEndpoint($0)) }, at: at)
        return Filled(application: application, endpoints: endpoints)
    }

    private func commands(of number: Int, _ filled: inout Filled) -> [WriteCommand] {
        let createdAt = dataset.publishedAt(number)
        let id = identifiers.next(MessageKind.self, at: createdAt)
        let message = dataset.message(number, id: id, application: filled.application.id.key)
        var deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)] = []
        var attempts: [WriteCommand] = []
        for (index, endpoint) in filled.endpoints.enumerated() {
            let machine = dataset.story(message: number, endpoint: index).machine(endedAt: createdAt)
            deliveries.append((endpoint.id.key, machine))
            let key = DeliveryKey(message: id.key, endpoint: endpoint.id.key)
            // The delivery stands where it ended, so the transition moves nothing: only the attempts are written.
            let transition = Transition(delivery: key, lease: lease, machine: machine, former: machine.status)
            for record in records(of: key, index, dataset.story(message: number, endpoint: index), filled, at: createdAt) {
                attempts.append(.move(transition, record))
            }
        }
        filled.deliveries += deliveries.count
        filled.attempts += attempts.count
        return [.publish(NewMessage(message: message, idempotency: nil, deliveries: deliveries))] + attempts
    }

    private func records(
        of delivery: DeliveryKey, _ endpoint: Int, _ story: APIDataset.Story, _ filled: Filled, at createdAt: Instant
    ) -> [AttemptRecord] {
        let statuses = story.statuses
        return statuses.enumerated().map { number, status in
            let isLast = number == statuses.count - 1
            return AttemptRecord(
                id: identifiers.next(AttemptKind.self, at: createdAt), delivery: delivery,
                application: filled.application.id.key,
                number: number + 1, trigger: .scheduled, startedAt: createdAt,
                timings: AttemptTimings(connect: 120, firstByte: 900, total: 1100),
                outcome: .responded(ReceiverResponse(status: status, body: Array("ok".utf8))), succeeded: status == 200,
                nextAttempt: isLast ? nil : createdAt + .seconds(5), url: filled.endpoints[endpoint].url)
        }
    }
}
