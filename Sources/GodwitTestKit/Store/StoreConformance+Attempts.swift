import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func attemptsAreStoredAsGiven(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let key = try scene.delivery(to: 1, as: .accepted(under: scene.lease))
        var outcomes = TransportFailure.Code.allCases.map { AttemptOutcome.failed(TransportFailure($0, "weil's \"not\" went")) }
        outcomes += [
            .responded(ReceiverResponse(status: 204)),
            .responded(ReceiverResponse(status: 503, retryAfter: .delay(.seconds(30)), body: [0, 255, 10])),
            .responded(ReceiverResponse(status: 429, retryAfter: .date(scene.now), body: [UInt8](repeating: 7, count: 16_384))),
        ]
        var records: [AttemptRecord] = []
        for (index, outcome) in outcomes.enumerated() {
            let record = AttemptRecord(
                id: scene.identifier(), delivery: key, application: 1, number: index + 1,
                trigger: index % 2 == 0 ? .scheduled : .manual, startedAt: scene.now,
                timings: AttemptTimings(
                    resolve: index % 3 == 0 ? 0 : nil, connect: .max, tls: 1, firstByte: nil, total: UInt32(index)),
                outcome: outcome, succeeded: index == 11, nextAttempt: index % 2 == 0 ? scene.now + .seconds(9) : nil,
                url: "https://hooks.example.com/\(index)")
            records.append(record)
            _ = try scene.move(key, to: .waiting(due: scene.now), attempt: record)
        }
        try scene.reopen()
        for record in records {
            #expect(try scene.store.attempt(message: key.message, record.id.reference) == record)
            #expect(try scene.store.attempt(message: key.message + 1, record.id.reference) == nil)
            #expect(try scene.store.attempt(message: key.message, .id(key: record.id.key, text: "atmpt_guess")) == nil)
            #expect(try scene.store.attempt(message: key.message, .uid(record.id.description)) == nil)
        }
    }

    package static func attemptListsHavePagesAndFilters(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let messages = [
            scene.message(eventType: "even", channels: ["c"]), scene.message(eventType: "odd", tags: ["t"]),
        ]
        for message in messages { try scene.publish(message, to: [1, 2]) }
        var records: [AttemptRecord] = []
        for index in 0..<16 {
            scene.advance(.seconds(1))
            let status: UInt16? = [200, 301, 404, 500, 503, nil][index % 6]
            let outcome =
                status.map { AttemptOutcome.responded(ReceiverResponse(status: $0)) }
                ?? .failed(TransportFailure(.connectFailed, "refused"))
            let delivery = DeliveryKey(message: messages[index % 2].id.key, endpoint: Int64(index / 2 % 2 + 1))
            let record = scene.attempt(
                delivery, number: index + 1, outcome: outcome, succeeded: status == 200,
                nextAttempt: index % 3 == 1 ? scene.now + .seconds(5) : nil)
            records.append(record)
            _ = try scene.move(delivery, to: .waiting(due: scene.now), attempt: record)
        }
        func check(
            _ subject: AttemptFilter.Subject, _ change: (inout AttemptFilter) -> Void = { _ in },
            sourceLocation: SourceLocation = #_sourceLocation, _ isIn: (AttemptRecord) -> Bool = { _ in true }
        ) throws {
            var filter = AttemptFilter(subject: subject)
            change(&filter)
            let keys = records.filter { record in
                switch subject {
                case .message(let key): record.delivery.message == key && isIn(record)
                case .endpoint(let key): record.delivery.endpoint == key && isIn(record)
                }
            }.map(\.id.key)
            try walk(keys, key: \.id.key, sourceLocation: sourceLocation) { try scene.store.attempts(filter, $0) }
        }
        for subject in [.message(messages[0].id.key), .message(messages[1].id.key), .endpoint(1), .endpoint(2), .endpoint(3)]
            as [AttemptFilter.Subject]
        {
            try check(subject)
            try check(subject) {
                $0.status = .success
            } _: {
                $0.succeeded
            }
            try check(subject) {
                $0.status = .fail
            } _: {
                !$0.succeeded && $0.nextAttempt == nil
            }
            try check(subject) {
                $0.status = .sending
            } _: {
                !$0.succeeded && $0.nextAttempt != nil
            }
            try check(subject) {
                $0.status = .pending
            } _: { _ in
                false
            }
            for statusClass in [0, 100, 200, 300, 400, 500] {
                try check(subject) {
                    $0.statusClass = statusClass
                } _: {
                    $0.status.map { Int($0) / 100 * 100 } ?? 0 == statusClass
                }
            }
            try check(subject) {
                $0.eventTypes = ["odd"]
            } _: {
                $0.delivery.message == messages[1].id.key
            }
            try check(subject) {
                $0.channel = "c"
            } _: {
                $0.delivery.message == messages[0].id.key
            }
            try check(subject) {
                $0.tag = "t"
            } _: {
                $0.delivery.message == messages[1].id.key
            }
            try check(subject) {
                $0.before = records[9].startedAt
            } _: {
                $0.number < 10
            }
            try check(subject) {
                $0.after = records[9].startedAt
            } _: {
                $0.number > 10
            }
        }
        try check(.message(messages[0].id.key)) {
            $0.endpoint = 2
        } _: {
            $0.delivery.endpoint == 2
        }
    }
}

extension AttemptRecord {
    fileprivate var status: UInt16? {
        switch outcome {
        case .responded(let response): response.status
        case .failed: nil
        }
    }
}
