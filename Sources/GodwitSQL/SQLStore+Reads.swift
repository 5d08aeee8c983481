package import GodwitCore
package import GodwitStore

extension SQLStore {
    package func backlog() throws(StoreError) -> [(endpoint: Int64, due: Instant)] {
        try read { connection throws(StoreError) in try connection.backlog() }
    }

    package func allApplications() throws(StoreError) -> [Application] {
        try read { connection throws(StoreError) in try connection.all(AllApplications()) }
    }

    package func allEndpoints() throws(StoreError) -> [Endpoint] {
        try read { connection throws(StoreError) in try connection.all(AllEndpoints()) }
    }

    package func deletedEndpointsWithBacklog() throws(StoreError) -> [Int64] {
        try read { connection throws(StoreError) in try connection.all(DeletedEndpointsWithBacklog()) }
    }

    package func greatestKey() throws(StoreError) -> Int64 {
        try read { connection throws(StoreError) in try connection.first(GreatestKey()) } ?? 0
    }

    package func setting(named name: String) throws(StoreError) -> String? {
        try read { connection throws(StoreError) in try connection.first(FindSetting(name: name)) }
    }

    package func application(
        _ organization: OrganizationID, _ reference: Reference
    ) throws(StoreError) -> Application? {
        try read { connection throws(StoreError) in try connection.application(organization, reference) }
    }

    package func applications(
        _ organization: OrganizationID, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<Application> {
        try read { connection throws(StoreError) in
            page.page(
                fromFetched: page.fetchesAscending
                    ? try connection.all(ListApplications<Upwards>(organization: organization, page: page))
                    : try connection.all(ListApplications<Downwards>(organization: organization, page: page)))
        }
    }

    package func endpoint(application: Int64, _ reference: Reference) throws(StoreError) -> Endpoint? {
        try read { connection throws(StoreError) in try connection.endpoint(application: application, reference) }
    }

    package func endpoints(application: Int64, _ page: PageRequest<Int64>) throws(StoreError) -> Page<Endpoint> {
        try read { connection throws(StoreError) in
            page.page(
                fromFetched: page.fetchesAscending
                    ? try connection.all(ListEndpoints<Upwards>(application: application, page: page))
                    : try connection.all(ListEndpoints<Downwards>(application: application, page: page)))
        }
    }

    package func eventType(_ organization: OrganizationID, name: String) throws(StoreError) -> EventType? {
        try read { connection throws(StoreError) in
            try connection.first(FindEventType(organization: organization, name: name))
        }
    }

    package func eventTypes(
        _ organization: OrganizationID, includeArchived: Bool, _ page: PageRequest<String>
    ) throws(StoreError) -> Page<EventType> {
        try read { connection throws(StoreError) in
            page.page(
                fromFetched: page.fetchesAscending
                    ? try connection.all(
                        ListEventTypes<Upwards>(organization: organization, includeArchived: includeArchived, page: page))
                    : try connection.all(
                        ListEventTypes<Downwards>(organization: organization, includeArchived: includeArchived, page: page)))
        }
    }

    package func existingEventTypes(
        _ organization: OrganizationID, among names: [String]
    ) throws(StoreError) -> Set<String> {
        Set(
            try read { connection throws(StoreError) in
                try connection.all(ExistingEventTypes(organization: organization, names: names))
            })
    }

    package func message(application: Int64, _ reference: Reference) throws(StoreError) -> Message? {
        try read { connection throws(StoreError) in try connection.message(application: application, reference) }
    }

    package func messageIDs(_ keys: Set<Int64>) throws(StoreError) -> [Int64: MessageID] {
        try identifiers(keys) { MessageIDText(key: $0) }
    }

    package func endpointIDs(_ keys: Set<Int64>) throws(StoreError) -> [Int64: EndpointID] {
        try identifiers(keys) { EndpointIDText(key: $0) }
    }

    private func identifiers<Kind: Identified, Statement: SQLStatement>(
        _ keys: Set<Int64>, _ statement: (Int64) -> Statement
    ) throws(StoreError) -> [Int64: Identifier<Kind>] where Statement.Row == String {
        try read { connection throws(StoreError) in
            var found: [Int64: Identifier<Kind>] = [:]
            for key in keys { found[key] = try connection.first(statement(key)).flatMap { Identifier($0) } }
            return found
        }
    }

    package func delivery(_ key: DeliveryKey) throws(StoreError) -> DeliveryStateMachine? {
        try read { connection throws(StoreError) in try connection.first(FindDelivery(key: key)) }
    }

    package func deliveries(ofMessage message: Int64) throws(StoreError) -> [StoredDelivery] {
        try read { connection throws(StoreError) in try connection.all(DeliveriesOfMessage(message: message)) }
    }

    package func deadLetters(endpoint: Int64, _ page: PageRequest<Int64>) throws(StoreError) -> Page<StoredDelivery> {
        try readList { connection throws(StoreError) in
            page.page(
                fromFetched: page.fetchesAscending
                    ? try connection.all(ListDeadLetters<Upwards>(endpoint: endpoint, page: page))
                    : try connection.all(ListDeadLetters<Downwards>(endpoint: endpoint, page: page)))
        }
    }

    package func headOfLine(endpoint: Int64, line: Int64) throws(StoreError) -> StoredDelivery? {
        try read { connection throws(StoreError) in
            try connection.first(HeadOfLineDelivery(endpoint: endpoint, line: line))
        }
    }

    package func endpoints(application: Int64, at instant: Instant) throws(StoreError) -> [PastEndpoint] {
        try read { connection throws(StoreError) in try connection.endpoints(application: application, at: instant) }
    }

    package func attempt(message: Int64, _ reference: Reference) throws(StoreError) -> AttemptRecord? {
        guard case .id(let key, let text) = reference else { return nil }
        return try read { connection throws(StoreError) in
            try connection.first(FindAttempt(message: message, key: key, id: text))
        }
    }
}

/// Deleted things count: their keys are in use. Of attempts, which are many, the last of each endpoint is looked up, and the
/// endpoints are found by stepping from one to the next: index `attempts_by_endpoint`. Only for the start.
struct GreatestKey: PlainStatement {
    static let sql = """
        WITH RECURSIVE attempted (endpoint_key) AS (
            SELECT min(endpoint_key) FROM attempts
            UNION ALL
            SELECT (SELECT min(endpoint_key) FROM attempts WHERE attempts.endpoint_key > attempted.endpoint_key)
            FROM   attempted
            WHERE  endpoint_key IS NOT NULL
        )
        SELECT max(
            coalesce((SELECT max(key) FROM applications), 0),
            coalesce((SELECT max(key) FROM endpoints), 0),
            coalesce((SELECT max(key) FROM messages), 0),
            coalesce((SELECT max(key) FROM replays), 0),
            coalesce((SELECT max(key) FROM tasks), 0),
            coalesce((SELECT max(key) FROM tokens), 0),
            coalesce((SELECT max(key) FROM integrations), 0),
            coalesce((SELECT max((SELECT max(key) FROM attempts WHERE attempts.endpoint_key = attempted.endpoint_key))
                      FROM   attempted), 0))
        """

    static var postgreSQL: String { sql.replacing("SELECT max(\n", with: "SELECT greatest(\n") }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}
