import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func policiesAreKept(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var application = scene.application()
        application.rateLimit = RateLimit(perMinute: 30, concurrent: 2)
        try scene.change(.insertApplication(application))
        var endpoint = scene.endpoint(of: application)
        endpoint.disabled = true
        endpoint.disablement = Disablement(at: scene.now, reason: .failing)
        endpoint.failing = FailingSpan(since: scene.now + .seconds(-5), isAnnounced: true)
        endpoint.policy = try DeliveryPolicy(
            json: Array(
                """
                {"response":{"rules":[{"status":"404","means":"stop"},{"status":"500-599","means":"retry"}],"directive":false,
                "bodyBytesKept":0},"timeouts":{"connect":"2s"},"order":{"mode":"fifo-per-key","key":{"from":"pointer",
                "pointer":"/a~1b"},"headOfLine":"skip","skipAfter":3},"rateLimit":{"perSecond":5},
                "batch":{"maxMessages":10,"maxWait":"250ms","format":"ndjson"},"breaker":{"failures":null},"disableAfter":null}
                """.utf8))
        try scene.change(.insertEndpoint(endpoint))
        for _ in 0..<2 {
            #expect(try scene.store.application(.standard, application.id.reference) == application)
            #expect(try scene.store.allEndpoints() == [endpoint])
            try scene.reopen()
        }
        let limit = RateLimit(perHour: 1)
        try scene.change(.changeApplication(.standard, application.id.reference) { $0.rateLimit = limit })
        #expect(try scene.store.allApplications().map(\.rateLimit) == [limit])
        try scene.change(.changeApplication(.standard, application.id.reference) { $0.rateLimit = .none })
        #expect(try scene.store.allApplications().map(\.rateLimit) == [.none])
        try scene.change(
            .changeEndpointByKey(endpoint.id.key) { endpoint in
                endpoint.policy = .standard
                endpoint.disabled = false
                endpoint.failing?.isAnnounced = false
            })
        endpoint.policy = .standard
        endpoint.disabled = false
        endpoint.failing?.isAnnounced = false
        #expect(try scene.store.allEndpoints() == [endpoint])
        try scene.change(.changeEndpointByKey(endpoint.id.key) { $0.failing = nil })
        #expect(try scene.store.allEndpoints().map(\.failing) == [nil])
    }

    package static func pastSubscriptionsAreKept(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let before = scene.now
        scene.advance(.seconds(1))
        let (application, endpoint) = try scene.registered()
        let (owner, key) = (application.id.key, endpoint.id.key)
        let created = scene.now
        var wanted: [(at: Instant, subscription: Subscription)] = [(created, endpoint.subscription)]
        func change(_ change: @escaping @Sendable (inout Endpoint) -> Void) throws {
            scene.advance(.seconds(10))
            guard case .endpoint(let changed) = try scene.change(.changeEndpointByKey(key, change)) else { return }
            wanted.append((scene.now, changed.subscription))
        }
        try change { $0.eventTypes = ["a"] }
        let disablement = Disablement(at: scene.now, reason: .byHand)
        try change {
            $0.disabled = true
            $0.disablement = disablement
        }
        // What says nothing about what it wants leaves no trace.
        try change { $0.url = "https://elsewhere.example.com/" }
        try change { $0.channels = ["c"] }
        try change { $0.disabled = false }
        let deleted = scene.now + .seconds(10)
        scene.now = deleted
        try scene.change(.deleteEndpoint(application: owner, endpoint.id.reference))
        let late = scene.endpoint(of: application)
        try scene.change(.insertEndpoint(late))
        try scene.reopen()

        #expect(try scene.store.endpoints(application: owner, at: before).isEmpty)
        #expect(try scene.store.endpoints(application: owner + 1, at: created).isEmpty)
        for (index, (at, subscription)) in wanted.enumerated() {
            let end = index + 1 < wanted.count ? wanted[index + 1].at : deleted
            for instant in [at, at + .seconds(5), end + .milliseconds(-1)] {
                let past = try scene.store.endpoints(application: owner, at: instant)
                #expect(past.map(\.endpoint.id) == [endpoint.id])
                #expect(past.map(\.subscription) == [subscription])
                #expect(past.map(\.deletedAt) == [deleted])
            }
        }
        #expect(try scene.store.endpoints(application: owner, at: deleted).map(\.endpoint) == [late])
        #expect(try scene.store.endpoints(application: owner, at: deleted).map(\.deletedAt) == [nil])
    }

    package static func pastSubscriptionsAreBounded(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let (application, endpoint) = try scene.registered()
        for number in 0...Limits.formerSubscriptions {
            scene.advance(.seconds(1))
            try scene.change(.changeEndpointByKey(endpoint.id.key) { $0.eventTypes = ["\(number)"] })
        }
        func types(after seconds: Int) throws -> [String]? {
            let instant = endpoint.createdAt + .seconds(seconds)
            return try scene.store.endpoints(application: application.id.key, at: instant).first?.subscription.eventTypes
        }
        // The oldest of all, "every type", is forgotten; the one after it stands for it.
        #expect(try types(after: 0) == ["0"])
        #expect(try types(after: 1) == ["0"])
        #expect(try types(after: 2) == ["1"])
        #expect(try types(after: Limits.formerSubscriptions + 1) == ["\(Limits.formerSubscriptions)"])
    }

    package static func messagesAreCancelled(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let states = machines(under: scene.lease, at: scene.now) + machines(under: scene.lease, at: scene.now, line: 3)
        let message = scene.message(eventID: "withdrawn")
        let deliveries = zip(Int64(1)..., states).map { (endpoint: $0, machine: $1) }
        try scene.commit([.publish(NewMessage(message: message, idempotency: nil, deliveries: deliveries))])
        let unfinished = deliveries.filter { !$0.machine.state.isFinished }.map(\.endpoint)
        for expected in [unfinished, []] {
            guard
                case .cancelledMessage(message.id.key, let endpoints) = try scene.change(
                    .cancelMessage(application: 1, .uid("withdrawn")))
            else {
                Issue.record("a cancellation names the message")
                return
            }
            #expect(endpoints == expected)
            try scene.reopen()
        }
        for (delivery, former) in zip(try scene.store.deliveries(ofMessage: message.id.key), states) {
            var machine = former
            _ = machine.cancel(at: scene.now)
            #expect(delivery.machine == machine)
        }
        #expect(try scene.store.backlog().isEmpty)
        let timing = try scene.store.message(application: 1, message.id.reference)?.timing
        #expect(timing?.isExpired(at: scene.now) == true)
        // A result that comes late finds nothing to move.
        let late = DeliveryKey(message: message.id.key, endpoint: unfinished[1])
        #expect(try !scene.move(late, to: .waiting(due: scene.now), attempt: scene.attempt(late)))
        refused(.notFound) { try scene.change(.cancelMessage(application: 2, message.id.reference)) }
        refused(.notFound) { try scene.change(.cancelMessage(application: 1, .uid("unknown"))) }
    }

    package static func deadLettersAreListed(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let endpoint = try scene.registered().endpoint.id.key
        var dead: [DeliveryKey] = []
        for machine in machines(under: scene.lease, at: scene.now) + machines(under: scene.lease, at: scene.now, line: 1) {
            for _ in 0..<3 {
                let key = try scene.delivery(to: endpoint, as: machine)
                try scene.delivery(to: endpoint + 1, as: machine)
                if case .exhausted = machine.state { dead.append(key) }
            }
        }
        try walk(dead.map(\.message), key: \.key.message) { try scene.store.deadLetters(endpoint: endpoint, $0) }
        try scene.change(.resend(dead.removeFirst()))
        try walk(dead.map(\.message), key: \.key.message) { try scene.store.deadLetters(endpoint: endpoint, $0) }
    }
}
