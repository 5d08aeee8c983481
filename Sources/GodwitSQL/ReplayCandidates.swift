import GodwitCore
import GodwitStore

/// Where a replay looks for what it selects, as parts of a statement's text. Parameters 1 to 4 are the application, the endpoint,
/// and the keys between which messages are looked at: behind the first, up to the second.
protocol ReplaySource {
    static var tables: String { get }
    /// Bounds by the parameters, in the order of an index.
    static var bounds: String { get }
    static var messageKey: String { get }
}

/// The application's messages, with the endpoint's delivery of each. Indexes: `messages_list`, then deliveries by key.
enum AllMessages: ReplaySource {
    static let tables = """
        messages INDEXED BY messages_list
               LEFT JOIN deliveries ON deliveries.message_key = messages.key AND deliveries.endpoint_key = ?2
        """
    static let bounds = "messages.application_key = ?1 AND messages.key > ?3 AND messages.key <= ?4"
    static let messageKey = "messages.key"
}

/// The endpoint's dead letters. Indexes: `deliveries_dead`, then messages by key.
enum DeadLettersOnly: ReplaySource {
    static let tables = """
        deliveries INDEXED BY deliveries_dead
               CROSS JOIN messages ON messages.key = deliveries.message_key AND messages.application_key = ?1
        """
    static let bounds = """
        deliveries.state = 'exhausted' AND deliveries.endpoint_key = ?2
               AND deliveries.message_key > ?3 AND deliveries.message_key <= ?4
        """
    static let messageKey = "deliveries.message_key"
}

/// The last message that a step may look at; no row when it may look at all that are left.
struct ReplayHorizon<Source: ReplaySource>: SQLStatement {
    static var sql: String {
        """
        SELECT \(Source.messageKey) FROM \(Source.tables)
        WHERE  \(Source.bounds)
        ORDER  BY \(Source.messageKey) LIMIT 1 OFFSET ?5
        """
    }

    let scope: ReplayScope
    let scan: Int

    func bind(to statement: some SQLParameters) {
        scope.bind(to: statement)
        statement.bind(scan - 1, at: 5)
    }

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}

/// Which messages pass: the selection's filters, the endpoint's wishes when its rules are today's, how its delivery stands.
private let filters = """
    (?5 IS NULL OR messages.event_type IN (SELECT value FROM json_each(?5)))
           AND (?6 IS NULL OR EXISTS (SELECT 1 FROM json_each(messages.channels) WHERE value = ?6))
           AND (?7 IS NULL OR EXISTS (SELECT 1 FROM json_each(messages.tags) WHERE value = ?7))
           AND (?8 IS NULL OR messages.event_type IN (SELECT value FROM json_each(?8)))
           AND (?9 IS NULL OR EXISTS (SELECT 1 FROM json_each(messages.channels)
                                      WHERE  value IN (SELECT value FROM json_each(?9))))
           AND CASE ?10
               WHEN 'dead-letters' THEN coalesce(deliveries.state = 'exhausted', FALSE)
               WHEN 'failed'       THEN coalesce(deliveries.state = 'exhausted'
                                                 OR (deliveries.state = 'waiting' AND deliveries.attempts >= 1), FALSE)
               WHEN 'delivered'    THEN coalesce(deliveries.state = 'delivered', FALSE)
               WHEN 'missing'      THEN ?11 = 1 AND deliveries.state IS NULL
               WHEN 'all'          THEN ?11 = 1 OR deliveries.state IS NOT NULL
               ELSE FALSE END
           AND (?12 IS NULL OR (SELECT coalesce(attempts.status, 0) / 100 * 100 FROM attempts
                                WHERE  attempts.message_key = messages.key AND attempts.endpoint_key = ?2
                                ORDER  BY attempts.key DESC LIMIT 1) = ?12)
    """

/// A message that a replay selects.
struct ReplayRow {
    let message: Int64
    let hasPayload: Bool
    let timing: MessageTiming
    /// nil when the endpoint never got a delivery of it.
    let machine: DeliveryStateMachine?
}

/// The messages that a replay selects, in their order.
struct ReplayCandidates<Source: ReplaySource>: SQLStatement {
    static var sql: String {
        """
        SELECT \(Source.messageKey), typeof(messages.payload) = 'null', messages.do_not_deliver_after,
               deliveries.state IS NULL, \(DeliveryColumns.qualifiedNames)
        FROM   \(Source.tables)
        WHERE  \(Source.bounds) AND \(filters)
        ORDER  BY \(Source.messageKey)
        """
    }

    let scope: ReplayScope

    func bind(to statement: some SQLParameters) {
        scope.bind(to: statement)
        scope.bindFilters(to: statement)
    }

    static func decode(_ row: some SQLRow) throws(StoreError) -> ReplayRow {
        ReplayRow(
            message: row.integer(0), hasPayload: !row.bool(1),
            timing: MessageTiming(doNotDeliverAfter: row.optionalInstant(2)),
            machine: row.bool(3) ? nil : try DeliveryColumns.machine(row, from: 4))
    }
}

/// How many messages a replay selects, up to a limit.
struct CountReplayCandidates<Source: ReplaySource>: SQLStatement {
    static var sql: String {
        """
        SELECT count(*) FROM (
            SELECT 1 FROM \(Source.tables)
            WHERE  \(Source.bounds) AND \(filters)
            LIMIT  ?13) AS found
        """
    }

    let scope: ReplayScope
    let limit: Int

    func bind(to statement: some SQLParameters) {
        scope.bind(to: statement)
        scope.bindFilters(to: statement)
        statement.bind(limit, at: 13)
    }

    static func decode(_ row: some SQLRow) -> Int { Int(row.integer(0)) }
}

/// What a replay asks the store for.
struct ReplayScope {
    let selection: ReplaySelection
    let rules: ReplayRules
    let application: Int64
    /// With what it wants today. That it is disabled doesn't matter: what it missed meanwhile is what is wanted.
    let endpoint: Endpoint
    /// Messages behind this key, up to `last`.
    var after: Int64
    var last: Int64

    /// Nothing ever went to an endpoint without a delivery of it.
    var isEmpty: Bool { selection.which == .missing && rules == .asSent }

    fileprivate func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(endpoint.id.key, at: 2)
        statement.bind(after, at: 3)
        statement.bind(last, at: 4)
    }

    fileprivate func bindFilters(to statement: some SQLParameters) {
        let today = rules == .today
        statement.bindText(selection.eventTypes.map { StoredJSON.write($0) }, at: 5)
        statement.bind(selection.channel, at: 6)
        statement.bind(selection.tag, at: 7)
        statement.bindText(today ? endpoint.eventTypes.map { StoredJSON.write($0) } : nil, at: 8)
        statement.bindText(today ? endpoint.channels.map { StoredJSON.write($0) } : nil, at: 9)
        statement.bind(selection.which.rawValue, at: 10)
        statement.bind(today, at: 11)
        statement.bind(selection.statusClass.map(Int64.init), at: 12)
    }
}
