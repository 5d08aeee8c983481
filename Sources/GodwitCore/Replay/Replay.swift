/// Messages of the past that are sent to one endpoint once more, at a pace, until all are made due or somebody stops it.
package struct Replay: Hashable, Sendable {
    package let id: ReplayID
    /// `Application.id.key`, `Endpoint.id.key`
    package let application: Int64
    package let endpoint: Int64
    package let selection: ReplaySelection
    package let rules: ReplayRules
    /// Messages per second; nil for as fast as the endpoint takes them.
    package let pace: Int?
    /// What the API calls its kind of task.
    package let task: Task
    package private(set) var state: State
    /// Messages that were selected when it was planned.
    package let planned: Int
    /// Messages that were made due so far, and those that were passed over: expired, cancelled, in flight anyway.
    package private(set) var replayed: Int
    package private(set) var passedOver: Int
    /// `MessageID.key` of the last message that was looked at; the next step goes on behind it.
    package private(set) var cursor: Int64
    package let createdAt: Instant
    package private(set) var updatedAt: Instant

    package enum State: String, Hashable, Sendable, CaseIterable {
        case running, paused, cancelled, finished

        package var isOver: Bool { self == .cancelled || self == .finished }
    }

    package enum Task: String, Hashable, Sendable, CaseIterable {
        case replay = "endpoint.replay"
        case recover = "endpoint.recover"
        case bulkReplay = "endpoint.bulk-replay"
    }

    /// As it is stored, or new with the defaults.
    package init(
        id: ReplayID, application: Int64, endpoint: Int64, selection: ReplaySelection, rules: ReplayRules, pace: Int?,
        task: Task, planned: Int, createdAt: Instant, state: State = .running, replayed: Int = 0, passedOver: Int = 0,
        cursor: Int64? = nil, updatedAt: Instant? = nil
    ) {
        self.id = id
        self.application = application
        self.endpoint = endpoint
        self.selection = selection
        self.rules = rules
        self.pace = pace
        self.task = task
        self.planned = planned
        self.createdAt = createdAt
        self.state = state
        self.replayed = replayed
        self.passedOver = passedOver
        self.cursor = cursor ?? TimeKey.first(at: selection.since) - 1
        self.updatedAt = updatedAt ?? createdAt
    }

    /// How many deliveries a step makes due, and how long after it the next one is: five steps a second keep a slow pace smooth.
    package var stepSize: Int { min(Limits.replayedPerStep, max(1, (pace ?? .max) / 5)) }
    package var stepInterval: Duration { pace.map { .milliseconds(1000 * stepSize / $0) } ?? .zero }

    /// - Returns: false when it is over.
    package mutating func pause(at now: Instant) -> Bool { move(to: .paused, at: now) }
    package mutating func resume(at now: Instant) -> Bool { move(to: .running, at: now) }
    package mutating func cancel(at now: Instant) -> Bool { move(to: .cancelled, at: now) }

    /// A step was carried out in the transaction that stores this.
    package mutating func stepped(replayed: Int, passedOver: Int, cursor: Int64, isLast: Bool, at now: Instant) {
        self.replayed += replayed
        self.passedOver += passedOver
        self.cursor = cursor
        updatedAt = now
        if isLast { state = .finished }
    }

    private mutating func move(to state: State, at now: Instant) -> Bool {
        guard !self.state.isOver else { return false }
        self.state = state
        updatedAt = now
        return true
    }
}

/// Which messages are replayed: those published in a span of time that pass all filters.
package struct ReplaySelection: Hashable, Sendable {
    package var since: Instant
    package var until: Instant
    package var which: Which
    package var eventTypes: [String]?
    package var channel: String?
    package var tag: String?
    /// Of the last attempt at the endpoint: 0 without a response, 100, 200, 300, 400 or 500.
    package var statusClass: Int?

    /// By how the delivery to the endpoint stands.
    package enum Which: String, Hashable, Sendable, CaseIterable {
        /// Dead letters.
        case deadLetters = "dead-letters"
        /// Dead letters, and those that wait for a retry.
        case failed
        /// Messages that the endpoint never got a delivery of. Only through today's rules.
        case missing
        case delivered
        case all
    }

    package init(
        since: Instant, until: Instant, which: Which, eventTypes: [String]? = nil, channel: String? = nil, tag: String? = nil,
        statusClass: Int? = nil
    ) {
        self.since = since
        self.until = until
        self.which = which
        self.eventTypes = eventTypes
        self.channel = channel
        self.tag = tag
        self.statusClass = statusClass
    }
}

/// What decides whether a selected message goes to the endpoint.
package enum ReplayRules: String, Hashable, Sendable, CaseIterable {
    /// It went there when it was published.
    case asSent = "as-sent"
    /// The endpoint's event types and channels of today, whatever they were then.
    case today
}
