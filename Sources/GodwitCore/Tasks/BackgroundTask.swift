/// Something asked for through the API that is more than one request should wait for. It is done step by step, each step one
/// transaction that also writes how far it came, so that a restart loses nothing.
///
/// Replays are background tasks too, with a type of their own: `Replay`.
package struct BackgroundTask: Hashable, Sendable {
    package let id: TaskID
    package let organization: OrganizationID
    package let work: Work
    package private(set) var state: State
    /// The key up to which it has come; the next step goes on behind it.
    package private(set) var cursor: Int64
    /// Messages that were expunged, or applications that were looked at.
    package private(set) var done: Int
    package let createdAt: Instant
    package private(set) var updatedAt: Instant

    package enum Work: Hashable, Sendable {
        /// Remove the payloads of all messages of an application that were published before the task was.
        case purgeContent(application: Int64)
        /// Count, for each application, the messages of a span of time and the endpoints they went to.
        case applicationStatistics(UsageScope)
        /// List, for each application, the event types that its endpoints name.
        case eventTypes
    }

    /// What the API calls its kind of task.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case purgeContent = "application.purge_content"
        case applicationStatistics = "application.stats"
        case eventTypes = "event-type.aggregate"
    }

    package enum State: String, Hashable, Sendable, CaseIterable {
        case running, finished
        /// The store is damaged where the task would go on.
        case failed
    }

    package init(
        id: TaskID, organization: OrganizationID, work: Work, createdAt: Instant, state: State = .running, cursor: Int64 = 0,
        done: Int = 0, updatedAt: Instant? = nil
    ) {
        self.id = id
        self.organization = organization
        self.work = work
        self.createdAt = createdAt
        self.state = state
        self.cursor = cursor
        self.done = done
        self.updatedAt = updatedAt ?? createdAt
    }

    package var kind: Kind {
        switch work {
        case .purgeContent: .purgeContent
        case .applicationStatistics: .applicationStatistics
        case .eventTypes: .eventTypes
        }
    }

    /// A step was carried out in the transaction that stores this.
    package mutating func stepped(done: Int, cursor: Int64, isLast: Bool, at now: Instant) {
        self.done += done
        self.cursor = cursor
        updatedAt = now
        if isLast { state = .finished }
    }

    package mutating func fail(at now: Instant) {
        guard state == .running else { return }
        state = .failed
        updatedAt = now
    }
}

/// Which applications are counted, and over what time.
package struct UsageScope: Hashable, Sendable {
    package let since: Instant
    package let until: Instant
    /// `ApplicationID.key`, ascending; nil for all of the organization.
    package let applications: [Int64]?

    package init(since: Instant, until: Instant, applications: [Int64]?) {
        self.since = since
        self.until = until
        self.applications = applications?.sorted()
    }
}

/// A background task, and a replay, is named the same way.
package typealias TaskID = ReplayID
