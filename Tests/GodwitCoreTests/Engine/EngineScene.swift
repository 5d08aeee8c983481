import GodwitCore

/// The core as a caller sees it: events in, effects out, no clock and no I/O.
enum EngineScene {
    static let now = Instant(millisecondsSince1970: 1_700_000_000_000)
    static let lease = Lease(rawValue: 1)

    static func core(
        endpoints: [Int64] = [1], policy: DeliveryPolicy = .standard, schedule: [Duration] = [.seconds(5)],
        inFlight: Int = 100, perEndpoint: Int = 10, perHost: Int = 1000
    ) -> DeliveryEngineCore {
        var core = DeliveryEngineCore(
            configuration: .init(
                schedule: .init(delays: schedule), requestsInFlight: inFlight, requestsInFlightPerEndpoint: perEndpoint,
                requestsInFlightPerHost: perHost),
            lease: lease, seed: 1)
        for endpoint in endpoints { _ = core.step(.endpointChanged(profile(endpoint, policy: policy)), at: now) }
        return core
    }

    static func profile(
        _ endpoint: Int64, application: Int64 = 1, host: String = "a", disabled: Bool = false,
        policy: DeliveryPolicy = .standard, failing: FailingSpan? = nil, updatedAt: Instant = now
    ) -> EndpointProfile {
        EndpointProfile(
            endpoint: endpoint, application: application, host: host, disabled: disabled, policy: policy, failing: failing,
            updatedAt: updatedAt)
    }

    static func fresh(
        _ endpoint: Int64, _ message: Int64, application: Int64 = 1, line: Int64? = nil, timing: MessageTiming = .init(),
        eventType: String = "a", attempts: Int = 0, payload: Int = 10
    ) -> HeldDelivery {
        let content = Message(
            id: MessageID(key: message, nonce: .init(high: 0, low: 0)), application: application, eventType: eventType,
            payload: [UInt8](repeating: 0x20, count: payload), createdAt: now, payloadExpiresAt: .distantFuture, timing: timing)
        let machine = DeliveryStateMachine(
            state: .inFlight(lease), attempts: attempts, scheduledAttempts: attempts, resume: nil, line: line)
        return HeldDelivery(message: content, endpoint: endpoint, sequence: message, machine: machine)
    }

    static func requests(_ effects: [Effect]) -> [[HeldDelivery]] {
        effects.compactMap { if case .send(let deliveries) = $0 { deliveries } else { nil } }
    }

    static func sent(_ effects: [Effect]) -> [HeldDelivery] { requests(effects).flatMap { $0 } }

    static func givenUp(_ effects: [Effect]) -> [Transition] {
        effects.flatMap { effect -> [Transition] in if case .giveUp(let transitions) = effect { transitions } else { [] } }
    }

    static func recorded(_ effects: [Effect]) -> [Transition] {
        effects.compactMap { if case .record(let transition, _, _, _) = $0 { transition } else { nil } }
    }

    static func claims(_ effects: [Effect]) -> [Int64] {
        effects.compactMap { if case .claim(let endpoint, _, _) = $0 { endpoint } else { nil } }
    }

    static func wake(_ effects: [Effect]) -> Instant? {
        effects.compactMap { if case .wake(let due) = $0 { due } else { nil } }.last
    }

    static func answered(
        _ status: UInt16, retryAfter: Duration? = nil, directive: ReceiverDirective? = nil, body: String = ""
    ) -> AttemptOutcome {
        .responded(
            ReceiverResponse(
                status: status, retryAfter: retryAfter.map { .delay($0) }, directive: directive, body: Array(body.utf8)))
    }
}
