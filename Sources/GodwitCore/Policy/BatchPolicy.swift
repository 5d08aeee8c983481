/// Several messages in one request.
package struct BatchPolicy: Hashable, Sendable {
    /// 2...`Limits.batchMessages`
    package var maxMessages: Int
    /// How long the first of them may wait for company.
    package var maxWait: Duration
    package var format: Format

    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// One array of envelopes.
        case jsonArray = "json-array"
        /// One envelope a line.
        case ndjson
        /// CloudEvents 1.0, JSON batch format.
        case cloudEvents = "cloudevents"

        package var contentType: String {
            switch self {
            case .jsonArray: "application/json"
            case .ndjson: "application/x-ndjson"
            case .cloudEvents: "application/cloudevents-batch+json"
            }
        }
    }

    package init(maxMessages: Int, maxWait: Duration, format: Format) {
        self.maxMessages = maxMessages
        self.maxWait = maxWait
        self.format = format
    }
}
