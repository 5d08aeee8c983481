package import GodwitCore

/// What the shell may ask of any database. Every function blocks: writes are called by one thread, reads by a pool of threads.
/// Nothing here knows the time: `now` is always given.
package protocol Store: TokenStore, FeedStore, ConsumerStore, EndpointMessageStore, StatisticsStore, RetentionStore,
    TaskStore, NodeStore
{
    /// Carries out all commands in order in one durable transaction: when this returns, they outlive a crash of the machine.
    /// When it throws, none of them happened.
    ///
    /// Called from one thread at a time.
    /// - Returns: one result for each command, at its index.
    func commit(_ commands: [WriteCommand], at now: Instant) throws(StoreError) -> [WriteResult]

    /// Endpoints for which deliveries wait, with the earliest due of each; also those that stand behind others in a line.
    func backlog() throws(StoreError) -> [(endpoint: Int64, due: Instant)]
    /// Everything registered and not deleted: what the in-memory catalogue starts from.
    func allApplications() throws(StoreError) -> [Application]
    func allEndpoints() throws(StoreError) -> [Endpoint]
    /// Deleted endpoints for which deliveries still wait.
    func deletedEndpointsWithBacklog() throws(StoreError) -> [Int64]
    /// The greatest key in use; 0 in an empty store.
    func greatestKey() throws(StoreError) -> Int64
    func setting(named name: String) throws(StoreError) -> String?

    func application(_ organization: OrganizationID, _ reference: Reference) throws(StoreError) -> Application?
    func applications(_ organization: OrganizationID, _ page: PageRequest<Int64>) throws(StoreError) -> Page<Application>
    func endpoint(application: Int64, _ reference: Reference) throws(StoreError) -> Endpoint?
    func endpoints(application: Int64, _ page: PageRequest<Int64>) throws(StoreError) -> Page<Endpoint>
    func eventType(_ organization: OrganizationID, name: String) throws(StoreError) -> EventType?
    func eventTypes(
        _ organization: OrganizationID, includeArchived: Bool, _ page: PageRequest<String>
    ) throws(StoreError) -> Page<EventType>
    /// Which of the names are event types that exist and are not archived.
    func existingEventTypes(_ organization: OrganizationID, among names: [String]) throws(StoreError) -> Set<String>

    /// A `uid` reference is the message's event id.
    func message(application: Int64, _ reference: Reference) throws(StoreError) -> Message?
    func messages(application: Int64, _ filter: MessageFilter, _ page: PageRequest<Int64>) throws(StoreError) -> Page<Message>
    /// Whole identifiers by key, also of endpoints that were deleted; a key without a row is left out.
    func messageIDs(_ keys: Set<Int64>) throws(StoreError) -> [Int64: MessageID]
    func endpointIDs(_ keys: Set<Int64>) throws(StoreError) -> [Int64: EndpointID]
    func delivery(_ key: DeliveryKey) throws(StoreError) -> DeliveryStateMachine?
    /// All deliveries of one message, by endpoint, with their sequence numbers.
    func deliveries(ofMessage message: Int64) throws(StoreError) -> [StoredDelivery]

    /// Dead letters of an endpoint, by message. One that is being replayed is no longer among them, unless that fails too.
    func deadLetters(endpoint: Int64, _ page: PageRequest<Int64>) throws(StoreError) -> Page<StoredDelivery>
    /// Endpoints of the application that existed at that moment, also those that were deleted since, each with what it wanted then.
    func endpoints(application: Int64, at instant: Instant) throws(StoreError) -> [PastEndpoint]
    /// The head of a line: the earliest delivery that stands in it, whatever its state.
    func headOfLine(endpoint: Int64, line: Int64) throws(StoreError) -> StoredDelivery?

    /// A replay of the application.
    func replay(application: Int64, _ reference: Reference) throws(StoreError) -> Replay?
    /// Of one endpoint, or of all endpoints of the application.
    func replays(application: Int64, endpoint: Int64?, _ page: PageRequest<Int64>) throws(StoreError) -> Page<Replay>
    /// Of all applications of an organization.
    func replays(
        _ organization: OrganizationID, _ filter: TaskFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<Replay>
    /// `ReplayID.key` of all that are running.
    func runningReplays() throws(StoreError) -> [Int64]
    /// How many messages a replay would select, those that it would pass over included, counted up to `limit`.
    func count(
        _ selection: ReplaySelection, rules: ReplayRules, application: Int64, endpoint: Int64, limit: Int
    ) throws(StoreError) -> Int

    func attempt(message: Int64, _ reference: Reference) throws(StoreError) -> AttemptRecord?
    func attempts(_ filter: AttemptFilter, _ page: PageRequest<Int64>) throws(StoreError) -> Page<AttemptRecord>
    func rememberedResponse(_ key: IdempotencyKey, since: Instant) throws(StoreError) -> RememberedResponse

    /// Gives files and connections back. No call may follow.
    func close()
}

package struct StoredDelivery: Hashable, Sendable {
    package let key: DeliveryKey
    package let sequence: Int64
    package let machine: DeliveryStateMachine

    package init(key: DeliveryKey, sequence: Int64, machine: DeliveryStateMachine) {
        self.key = key
        self.sequence = sequence
        self.machine = machine
    }
}

/// An endpoint as it was at some moment.
package struct PastEndpoint: Hashable, Sendable {
    /// As it is now, or was when it was deleted.
    package let endpoint: Endpoint
    package let deletedAt: Instant?
    /// What it wanted then.
    package let subscription: Subscription

    package init(endpoint: Endpoint, deletedAt: Instant?, subscription: Subscription) {
        self.endpoint = endpoint
        self.deletedAt = deletedAt
        self.subscription = subscription
    }
}

package struct MessageFilter: Hashable, Sendable {
    package var eventTypes: [String]?
    package var channel: String?
    package var tag: String?
    package var before: Instant?
    package var after: Instant?

    package init(
        eventTypes: [String]? = nil, channel: String? = nil, tag: String? = nil, before: Instant? = nil, after: Instant? = nil
    ) {
        self.eventTypes = eventTypes
        self.channel = channel
        self.tag = tag
        self.before = before
        self.after = after
    }
}

package enum RememberedResponse: Hashable, Sendable {
    case none
    case response(StoredResponse)
    /// The key was used for another request.
    case mismatch
}
