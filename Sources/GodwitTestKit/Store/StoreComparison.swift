import GodwitCore
package import GodwitStore
import Testing

/// Gives two stores the same random commands, and expects the same answers and the same content after each batch.
package struct StoreComparison {
    private let left: any Store
    private let right: any Store
    private var random: SeededGenerator
    private var identifiers = IdentifierGenerator()
    private var now = Instant(millisecondsSince1970: 1_780_000_000_000)
    private var lease = Lease(rawValue: 0)
    private var applications: [Application] = []
    private var endpoints: [Endpoint] = []
    private var messages: [Message] = []
    private var replays: [Replay] = []
    private var attempts: [AttemptRecord] = []
    private var tasks: [BackgroundTask] = []
    private let organizations: [OrganizationID]
    private var tokens: TokenCommands

    package init(_ left: any Store, _ right: any Store, seed: UInt64) {
        self.left = left
        self.right = right
        random = SeededGenerator(seed: seed)
        organizations = [.standard, OrganizationID("org_other")].compactMap(\.self)
        tokens = TokenCommands(organizations)
    }

    package mutating func run(batches: Int) throws {
        try begin()
        for batch in 0..<batches {
            now = now + .milliseconds(Int64.random(in: 0...2000, using: &random))
            // So that what has ended may be forgotten.
            if pick(0...39) == 0 { now = now + Limits.forgottenAfterEnd }
            let commands = (0..<Int.random(in: 0...12, using: &random)).map { _ in command() }
            let answers = (
                try left.commit(commands, at: now).map { StoreAnswer($0) },
                try right.commit(commands, at: now).map { StoreAnswer($0) }
            )
            #expect(answers.0 == answers.1, "batch \(batch)")
            if batch % 10 == 9 { try begin() }
            if batch % 5 == 4 { try compareContent(batch) }
        }
    }

    private mutating func begin() throws {
        let former = lease
        lease = try left.begin(at: now)
        #expect(try right.begin(at: now) == lease)
        for store in [left, right] { try store.takeOver(former, at: now) }
    }

    // MARK: Commands

    private mutating func pick(_ chance: ClosedRange<Int>) -> Int { Int.random(in: chance, using: &random) }

    private mutating func identifier<Kind: Identified>() -> Identifier<Kind> { identifiers.next(at: now, using: &random) }

    private mutating func uid() -> String? { Bool.random(using: &random) ? "uid-\(pick(0...5))" : nil }

    private mutating func deliveryKey() -> DeliveryKey {
        DeliveryKey(
            message: messages.randomElement(using: &random)?.id.key ?? 0,
            endpoint: endpoints.randomElement(using: &random)?.id.key ?? 0
        )
    }

    private mutating func machine() -> DeliveryStateMachine {
        let due = now + .milliseconds(Int64(pick(-2000...4000)))
        let resume: ResumePoint? = [nil, .waiting(due: due), .delivered(at: now), .exhausted(at: now)][pick(0...3)]
        let states: [DeliveryState] = [
            .waiting(due: due), .inFlight(lease), .delivered(at: now), .exhausted(at: now), .cancelled(at: now),
        ]
        let state = states[pick(0...4)]
        // Whatever stands in a line holds it up, so any state may.
        return DeliveryStateMachine(
            state: state, attempts: pick(3...9), scheduledAttempts: pick(0...3), resume: state.isFinished ? nil : resume,
            line: pick(0...1) == 0 ? nil : line())
    }

    private mutating func line() -> Int64 { Int64(pick(-2...2)) }

    private mutating func command() -> WriteCommand {
        switch pick(0...30) {
        case 0...5: .publish(newMessage())
        case 6...9: move()
        case 10...13:
            .claim(
                Claim(
                    endpoint: deliveryKey().endpoint, limit: pick(1...4), lease: lease,
                    afterLine: pick(0...2) == 0 ? .min : line()))
        case 14: .catalog(.resend(deliveryKey()))
        case 15: .catalog(.cancelWaiting(endpoint: deliveryKey().endpoint, limit: pick(1...3)))
        case 16: .catalog(cancellation())
        case 17...19: .catalog(replay())
        case 20...22: .catalog(.token(tokenCommand()))
        case 23: .catalog(content())
        case 24: .catalog(task())
        case 25: .catalog(retention())
        default: .catalog(registration())
        }
    }

    private mutating func tokenCommand() -> TokenCommand {
        let application = applications.randomElement(using: &random)?.id.key ?? 0
        return tokens.next(&identifiers, application: application, at: now, using: &random)
    }

    private mutating func content() -> CatalogCommand {
        let message = messages.randomElement(using: &random)
        if pick(0...1) == 0 {
            return .content(
                .expungeMessages(
                    application: message?.application ?? 0,
                    [message?.id.reference ?? .uid("none"), .uid("evt-\(pick(0...20))")]))
        }
        let attempt = attempts.randomElement(using: &random)
        return .content(.expungeAttempt(message: attempt?.delivery.message ?? 0, attempt?.id.reference ?? .uid("none")))
    }

    private mutating func retention() -> CatalogCommand {
        switch pick(0...9) {
        // All of them: which goes first among equals is left to the store.
        case 0: .expungePayloads(limit: 100_000)
        case 1: .retention(.forgetStatistics(before: now.minutesSince1970 + Int64(pick(-20...1)), limit: pick(1...4)))
        default:
            .retention(
                .forget(
                    before: now + .seconds(-pick(-5...900)),
                    after: pick(0...1) == 0 ? 0 : messages.randomElement(using: &random)?.id.key ?? 0, limit: pick(1...20)))
        }
    }

    private mutating func task() -> CatalogCommand {
        let former = tasks.randomElement(using: &random)
        switch pick(0...7) {
        case 0, 1:
            let owner = applications.randomElement(using: &random)?.id.key ?? 0
            let scope = UsageScope(
                since: now + .seconds(-600), until: now, applications: pick(0...1) == 0 ? nil : [owner, 7])
            let work: BackgroundTask.Work = [.eventTypes, .purgeContent(application: owner), .applicationStatistics(scope)][
                pick(0...2)]
            let task = BackgroundTask(
                id: identifier(), organization: organizations[pick(0...1)], work: work, createdAt: now)
            tasks.append(task)
            return .task(.insert(task))
        case 2: return .task(.fail(former?.id.key ?? 0))
        case 3: return .task(.forget(endedBefore: now + .seconds(-pick(0...20)), limit: pick(1...3)))
        case 4: return .statistics(.fold(before: now.minutesSince1970 + Int64(pick(-1...1)), limit: pick(1...4)))
        default: return .task(.step(former?.id.key ?? 0))
        }
    }

    private mutating func cancellation() -> CatalogCommand {
        let message = messages.randomElement(using: &random)
        return switch pick(0...2) {
        case 0: .cancelMessage(application: message?.application ?? 0, message?.id.reference ?? .uid("none"))
        case 1: .releaseLines(endpoint: deliveryKey().endpoint, message: message?.id.key, limit: 1)
        default: .releaseLines(endpoint: deliveryKey().endpoint, message: nil, limit: pick(1...3))
        }
    }

    private mutating func selection() -> ReplaySelection {
        let which = ReplaySelection.Which.allCases[pick(0...ReplaySelection.Which.allCases.count - 1)]
        return ReplaySelection(
            since: now + .seconds(-pick(0...60)), until: now + .seconds(pick(-5...5)), which: which,
            eventTypes: pick(0...3) == 0 ? ["type-\(pick(0...3))"] : nil, channel: pick(0...3) == 0 ? "ch-1" : nil,
            tag: pick(0...3) == 0 ? "tag" : nil)
    }

    private mutating func replay() -> CatalogCommand {
        let former = replays.randomElement(using: &random)
        switch pick(0...5) {
        case 0, 1:
            let endpoint = endpoints.randomElement(using: &random)
            let replay = Replay(
                id: identifier(), application: endpoint?.application ?? 0, endpoint: endpoint?.id.key ?? 0,
                selection: selection(), rules: pick(0...1) == 0 ? .asSent : .today, pace: [nil, 5, 10][pick(0...2)],
                task: .replay, planned: pick(0...9), createdAt: now)
            replays.append(replay)
            return .insertReplay(replay)
        case 2:
            let (now, turn) = (now, pick(0...2))
            return .changeReplay(application: former?.application ?? 0, former?.id.reference ?? .uid("none")) { replay in
                turn == 0 ? replay.pause(at: now) : turn == 1 ? replay.resume(at: now) : replay.cancel(at: now)
            }
        default: return .stepReplay(key: former?.id.key ?? 0)
        }
    }

    private mutating func newMessage() -> NewMessage {
        let message = Message(
            id: identifier(), application: applications.randomElement(using: &random)?.id.key ?? 0,
            eventType: "type-\(pick(0...3))", eventID: pick(0...3) == 0 ? "evt-\(pick(0...20))" : nil,
            channels: pick(0...2) == 0 ? ["ch-\(pick(0...2))"] : [], tags: pick(0...2) == 0 ? ["tag"] : [],
            payload: pick(0...9) == 0 ? nil : [UInt8](repeating: 1, count: pick(0...50)), createdAt: now, payloadExpiresAt: now,
            timing: MessageTiming(doNotDeliverAfter: pick(0...5) == 0 ? now + .milliseconds(Int64(pick(-1000...2000))) : nil),
            orderingKey: pick(0...5) == 0 ? "key" : nil,
            raw: pick(0...5) == 0 ? RawPayload(body: Array("<a\u{0}>".utf8), contentType: "text/xml") : nil)
        messages.append(message)
        var key: IdempotencyKey?
        if pick(0...2) == 0 {
            key = IdempotencyKey(
                scope: .init(high: UInt64(pick(0...30)), low: 1), request: .init(high: UInt64(pick(0...1)), low: 2))
        }
        var deliveries: [(endpoint: Int64, machine: DeliveryStateMachine)] = []
        for endpoint in endpoints where Bool.random(using: &random) { deliveries.append((endpoint.id.key, machine())) }
        return NewMessage(message: message, idempotency: key, deliveries: deliveries)
    }

    private mutating func move() -> WriteCommand {
        let key = deliveryKey()
        let record = AttemptRecord(
            id: identifier(), delivery: key, application: 1, number: pick(1...9), trigger: .scheduled, startedAt: now,
            timings: AttemptTimings(total: 5), outcome: .responded(ReceiverResponse(status: UInt16(pick(200...599)))),
            succeeded: Bool.random(using: &random), nextAttempt: Bool.random(using: &random) ? now : nil,
            url: "https://a.example/")
        attempts.append(record)
        let former = Lease(rawValue: lease.rawValue - Int64(pick(0...4) / 4))
        let status = AttemptStatus.allCases[pick(0...AttemptStatus.allCases.count - 1)]
        return .move(
            Transition(delivery: key, lease: former, machine: machine(), former: status), pick(0...3) == 0 ? nil : record)
    }

    private mutating func registration() -> CatalogCommand {
        let organization = organizations[pick(0...1)]
        let owner = applications.randomElement(using: &random)
        let endpoint = endpoints.randomElement(using: &random)
        let newUID = uid()
        let name = "type-\(pick(0...5))"
        switch pick(0...12) {
        case 0, 1:
            let application = Application(
                id: identifier(), organization: organization, uid: newUID, name: "n", createdAt: now, updatedAt: now)
            applications.append(application)
            return .insertApplication(application)
        case 2: return .changeApplication(organization, owner?.id.reference ?? .uid("none")) { $0.uid = newUID }
        case 3: return .deleteApplication(organization, .uid(newUID ?? "none"))
        case 4, 5, 6:
            let endpoint = Endpoint(
                id: identifier(), application: owner?.id.key ?? 0, uid: newUID, url: "https://a.example/",
                eventTypes: eventTypes(), channels: pick(0...3) == 0 ? ["ch-\(pick(0...2))"] : nil, secrets: [], createdAt: now,
                updatedAt: now)
            endpoints.append(endpoint)
            return .insertEndpoint(endpoint)
        case 7: return .changeEndpointByKey(endpoint?.id.key ?? 0) { $0.uid = newUID }
        case 8: return .deleteEndpoint(application: owner?.id.key ?? 0, .uid(newUID ?? "none"))
        case 9:
            return .insertEventType(
                EventType(organization: organization, name: name, description: "", createdAt: now, updatedAt: now))
        case 10:
            let (now, eventTypes) = (now, eventTypes())
            return .changeEndpointByKey(endpoint?.id.key ?? 0) { endpoint in
                endpoint.eventTypes = eventTypes
                endpoint.disabled.toggle()
                if endpoint.disabled { endpoint.disablement = Disablement(at: now, reason: .gone) }
                endpoint.failing = endpoint.failing == nil ? FailingSpan(since: now) : nil
            }
        case 11: return .changeEventType(organization, name: name) { $0.archived.toggle() }
        default: return .expungeEventType(organization, name: name)
        }
    }

    private mutating func eventTypes() -> [String]? { pick(0...1) == 0 ? nil : ["type-\(pick(0...3))", "type-1"] }

    // MARK: Content

    private mutating func compareContent(_ batch: Int) throws {
        func same<Value: Equatable>(_ read: (any Store) throws -> Value, line: Int = #line) throws {
            let values = (try read(left), try read(right))
            #expect(values.0 == values.1, "batch \(batch), line \(line)")
        }
        try same { try $0.allApplications() }
        try same { try $0.allEndpoints() }
        try same { try $0.deletedEndpointsWithBacklog() }
        try same { try $0.greatestKey() }
        try same { try $0.backlog().map { [$0.endpoint, $0.due.millisecondsSince1970] } }
        for message in messages { try same { try $0.deliveries(ofMessage: message.id.key) } }
        let all = PageRequest<Int64>(limit: 100_000, order: .descending)
        for application in applications {
            try same { try $0.messages(application: application.id.key, MessageFilter(), all).items.map(\.content) }
            try same {
                try $0.messages(application: application.id.key, MessageFilter(channel: "ch-1"), all).items.map(\.content)
            }
            let filter = MessageFilter(eventTypes: ["type-1", "type-3"], tag: pick(0...1) == 0 ? "tag" : nil)
            try same { try $0.messages(application: application.id.key, filter, all).items.map(\.content) }
        }
        for endpoint in endpoints {
            var filter = AttemptFilter(subject: .endpoint(endpoint.id.key))
            filter.status = .fail
            filter.eventTypes = ["type-1", "type-2"]
            let chosen = filter
            try same { try $0.attempts(AttemptFilter(subject: .endpoint(endpoint.id.key)), all).items }
            try same { try $0.attempts(chosen, all).items }
            try same { try $0.deadLetters(endpoint: endpoint.id.key, all).items }
            for status in AttemptStatus.allCases.map(Optional.some) + [nil] {
                let filter = EndpointMessageFilter(
                    messages: MessageFilter(tag: pick(0...1) == 0 ? "tag" : nil), status: status)
                let page = PageRequest<Int64>(limit: 2, position: .start, order: .ascending)
                try same { try $0.endpointMessages(endpoint: endpoint.id.key, filter, all).items.map(\.delivery) }
                try same { try $0.endpointMessages(endpoint: endpoint.id.key, filter, page).items.map(\.message.content) }
            }
            let minute = now.minutesSince1970
            try same { try $0.statistics(endpoint: endpoint.id.key, minutes: 0..<minute + 1) }
            try same { try $0.statistics(endpoint: endpoint.id.key, minutes: minute..<minute + 1) }
            try same { try $0.feedHead(endpoint: endpoint.id.key) }
            try same { try $0.feed(endpoint: endpoint.id.key, after: 2, limit: 7).map(\.delivery) }
            try same { try $0.feed(endpoint: endpoint.id.key, after: 2, limit: 7).map(\.message.content) }
            try same { try $0.consumer(endpoint: endpoint.id.key, name: "reader") }
            for line in -2...2 as ClosedRange<Int64> {
                try same { try $0.headOfLine(endpoint: endpoint.id.key, line: line) }
            }
            try same { try $0.replays(application: endpoint.application, endpoint: endpoint.id.key, all).items }
            let selection = selection()
            for rules in ReplayRules.allCases {
                try same {
                    try $0.count(
                        selection, rules: rules, application: endpoint.application, endpoint: endpoint.id.key, limit: 7)
                }
            }
        }
        try same { try $0.runningReplays() }
        try same { try $0.runningTasks() }
        for task in tasks { try same { try $0.taskResults(task.id.key, limit: 300) } }
        try same { try $0.revocations(after: 0) }
        try same { try $0.signingKeys() }
        try same { try $0.allIntegrations() }
        let then = now + .milliseconds(-Int64(pick(0...20_000)))
        for application in applications {
            try same { try $0.endpoints(application: application.id.key, at: then) }
            try same { try $0.replays(application: application.id.key, endpoint: nil, all).items }
        }
        for organization in organizations {
            let names = PageRequest<String>(limit: 100, order: .ascending)
            try same { try $0.eventTypes(organization, includeArchived: false, names).items }
            try same { try $0.replays(organization, TaskFilter(), all).items }
            for state in BackgroundTask.State.allCases {
                try same { try $0.replays(organization, TaskFilter(state: state), all).items }
                try same { try $0.tasks(organization, TaskFilter(state: state), all).items }
                try same { try $0.allTasks(organization, TaskFilter(state: state), all).items.map(\.id) }
            }
            try same { try $0.tokens(organization, application: nil, all).items }
        }
    }
}
