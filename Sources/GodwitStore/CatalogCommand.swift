package import GodwitCore

/// Changes of what is registered. `change` closures run inside the transaction on the current row, so two patches at once both count.
package enum CatalogCommand: Sendable {
    case insertApplication(Application)
    case changeApplication(OrganizationID, Reference, @Sendable (inout Application) -> Void)
    /// Its uid becomes free; its endpoints are deleted with it.
    case deleteApplication(OrganizationID, Reference)

    case insertEndpoint(Endpoint)
    case changeEndpoint(application: Int64, Reference, @Sendable (inout Endpoint) -> Void)
    /// As `changeEndpoint`, by key and whatever the application: for what the engine decides.
    case changeEndpointByKey(Int64, @Sendable (inout Endpoint) -> Void)
    case deleteEndpoint(application: Int64, Reference)
    /// Cancels up to `limit` waiting deliveries of an endpoint that isn't registered; of one that is, none: who asks may not have heard
    /// of it yet. Answered by `.count`; ask again until it is below the limit.
    case cancelWaiting(endpoint: Int64, limit: Int)

    case insertEventType(EventType)
    case changeEventType(OrganizationID, name: String, @Sendable (inout EventType) -> Void)
    /// Removes the row.
    case expungeEventType(OrganizationID, name: String)

    /// Removes up to `limit` payloads that have expired, the longest expired first. Answered by `.count`; ask again until it is
    /// below the limit.
    case expungePayloads(limit: Int)

    /// Makes one more attempt due now. Answered by `.resend`.
    case resend(DeliveryKey)
    /// Cancels every delivery of a message that has not come to an end, also those that are in flight: their late results change
    /// nothing. From then on the message counts as expired, so no resend and no replay sends it. Answered by `.cancelledMessage`.
    case cancelMessage(application: Int64, Reference)
    /// Dead letters that hold up a line let those behind them pass: the one of this message, or all of the endpoint, up to `limit`.
    /// Answered by `.count`.
    case releaseLines(endpoint: Int64, message: Int64?, limit: Int)

    /// Answered by `.replay`. Refused with a conflict when `Limits.replaysPerEndpoint` of the endpoint are under way.
    case insertReplay(Replay)
    /// Answered by `.replay`. `change` says whether it could; false is a conflict.
    case changeReplay(application: Int64, Reference, @Sendable (inout Replay) -> Bool)
    /// Makes the next deliveries of a running replay due, up to its `stepSize`, and moves it on; one that isn't running stays as it is.
    /// Looks at no more than `Limits.replayScan` messages. Answered by `.replay`.
    case stepReplay(key: Int64)

    /// Remembers the answer to a request with an idempotency key, other than a publish.
    case rememberResponse(IdempotencyKey, StoredResponse)
    case token(TokenCommand)
    case consumer(ConsumerCommand)
    case content(ContentCommand)
    case task(TaskCommand)
    case statistics(StatisticsCommand)
    case retention(RetentionCommand)
    case node(NodeCommand)
    /// Kept for good, if the name is not set yet. Answered by `.setting`, the value that stands.
    case setSettingOnce(name: String, value: String)
}

package enum CatalogResult: Sendable {
    case done
    case application(Application)
    case endpoint(Endpoint)
    /// The deleted application and the keys of its endpoints.
    case deletedApplication(Application, endpoints: [Int64])
    case eventType(EventType)
    case count(Int)
    case resend(DeliveryStateMachine.ResendAction)
    /// `MessageID.key`, and the endpoints at which deliveries of it were cancelled.
    case cancelledMessage(Int64, endpoints: [Int64])
    case replay(Replay)
    case setting(String)
    case token(TokenResult)
    case consumer(ConsumerResult)
    case content(ContentResult)
    case task(TaskResult)
    case retention(RetentionResult)
    case node(NodeResult)
}

/// The answer to a request, kept to be given again.
package struct StoredResponse: Hashable, Sendable {
    /// HTTP status, 200...299.
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}
