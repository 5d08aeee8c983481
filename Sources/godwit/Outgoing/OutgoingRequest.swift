import GodwitCore

/// A request of a command to a receiver, exactly as it goes on the wire.
struct OutgoingRequest: Sendable {
    var method: String
    var url: WebhookURL
    /// Besides `host`, `connection` and `content-length`, which are added.
    var headers: [(name: String, value: String)]
    var body: [UInt8]
}

struct OutgoingAnswer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    /// The start of it; see `Limits.commandAnswerBytes`.
    let body: [UInt8]
    let elapsed: Duration
}

/// Why there is no answer.
enum OutgoingFailure: Error, CustomStringConvertible {
    /// Nobody there: no name, no connection, no TLS.
    case unreachable(String)
    case tooLate(Duration)
    /// The connection ended in between, or what came isn't HTTP.
    case broken(String)

    var description: String {
        switch self {
        case .unreachable(let reason), .broken(let reason): reason
        case .tooLate(let limit): "no answer within \(limit)"
        }
    }
}
