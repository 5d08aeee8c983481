import GodwitCore
import GodwitStore

/// Keeps what an endpoint wanted until now. Of two changes in one millisecond the first stands: what was between them lasted no
/// time. Index: primary key.
struct InsertSubscription: SQLStatement {
    static let sql = """
        INSERT INTO endpoint_subscriptions (endpoint_key, valid_until, disabled, event_types, channels, disabled_at,
                                            disabled_reason)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (endpoint_key, valid_until) DO NOTHING
        """

    let endpoint: Int64
    let validUntil: Instant
    let subscription: Subscription

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(validUntil, at: 2)
        statement.bind(subscription.disabled, at: 3)
        statement.bindText(subscription.eventTypes.map { StoredJSON.write($0) }, at: 4)
        statement.bindText(subscription.channels.map { StoredJSON.write($0) }, at: 5)
        subscription.disablement.bind(to: statement, from: 6)
    }
}

/// Twice forgets nothing more. Index: primary key.
struct ForgetSubscriptions: SQLStatement {
    static let sql = """
        DELETE FROM endpoint_subscriptions
        WHERE  endpoint_key = ?1
               AND valid_until <= (SELECT valid_until FROM endpoint_subscriptions
                                   WHERE  endpoint_key = ?1
                                   ORDER  BY valid_until DESC LIMIT 1 OFFSET ?2)
        """

    let endpoint: Int64
    let keeping: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(keeping, at: 2)
    }
}

/// What the endpoint wanted then; no row when that is what it wants now. Index: primary key.
struct SubscriptionAt: SQLStatement {
    static let sql = """
        SELECT disabled, event_types, channels, disabled_at, disabled_reason FROM endpoint_subscriptions
        WHERE  endpoint_key = ?1 AND valid_until > ?2
        ORDER  BY valid_until LIMIT 1
        """

    let endpoint: Int64
    let instant: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(endpoint, at: 1)
        statement.bind(instant, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> Subscription {
        Subscription(
            disabled: row.bool(0), disablement: try row.disablement(3), eventTypes: try row.texts(1),
            channels: try row.texts(2))
    }
}

/// Also those that were deleted since. Index: `endpoints_ever`.
struct EndpointsAt: SQLStatement {
    static let sql = """
        SELECT \(EndpointColumns.names), deleted_at FROM endpoints INDEXED BY endpoints_ever
        WHERE  application_key = ?1 AND created_at <= ?2 AND (deleted_at IS NULL OR deleted_at > ?2)
        ORDER  BY key
        """

    let application: Int64
    let instant: Instant

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(instant, at: 2)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> (endpoint: Endpoint, deletedAt: Instant?) {
        (try Endpoint(row), row.optionalInstant(EndpointColumns.count))
    }
}

extension Disablement? {
    /// As two parameters: when and why.
    func bind(to statement: some SQLParameters, from index: Int32) {
        statement.bind(self?.at, at: index)
        statement.bind(self?.reason.rawValue, at: index + 1)
    }
}

extension SQLRow {
    func disablement(_ column: Int32) throws(StoreError) -> Disablement? {
        guard let at = optionalInstant(column) else { return nil }
        return Disablement(at: at, reason: try choice(column + 1))
    }
}

extension SQLConnection {
    /// Inside the transaction that changes the endpoint.
    func keep(_ former: Endpoint, until now: Instant) throws(StoreError) {
        let endpoint = former.id.key
        try run(InsertSubscription(endpoint: endpoint, validUntil: now, subscription: former.subscription))
        try run(ForgetSubscriptions(endpoint: endpoint, keeping: Limits.formerSubscriptions))
    }

    func endpoints(application: Int64, at instant: Instant) throws(StoreError) -> [PastEndpoint] {
        var past: [PastEndpoint] = []
        for row in try all(EndpointsAt(application: application, instant: instant)) {
            let former = try first(SubscriptionAt(endpoint: row.endpoint.id.key, instant: instant))
            past.append(
                PastEndpoint(
                    endpoint: row.endpoint, deletedAt: row.deletedAt, subscription: former ?? row.endpoint.subscription))
        }
        return past
    }
}
