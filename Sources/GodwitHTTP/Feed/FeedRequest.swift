import GodwitCore
import HTTPTypes

/// What a client asks of a feed.
struct FeedRequest: Sendable {
    let after: Int64
    /// Items.
    let limit: Int
    /// How long to wait for one when there is none.
    let wait: Duration
    let isStream: Bool

    init(_ request: APIRequest) throws {
        let query = try request.readQuery { query in
            (
                after: query.value("after", expecting: "a sequence number, from 0") {
                    Int64($0).flatMap { $0 >= 0 ? $0 : nil }
                },
                limit: query.limit(),
                wait: query.value("wait", expecting: "seconds, \(Limits.feedWaitSeconds.text)") {
                    Int($0).flatMap { Limits.feedWaitSeconds.contains($0) ? $0 : nil }
                }
            )
        }
        isStream = request.headers[.accept]?.lowercased().contains("text/event-stream") ?? false
        // A client of a stream that connects again says where it was.
        after = try (isStream ? Self.lastEventID(request.headers) : nil) ?? query.after ?? 0
        limit = query.limit
        wait = .seconds(query.wait ?? 0)
    }

    private static func lastEventID(_ headers: HTTPFields) throws(Problem) -> Int64? {
        guard let name = HTTPField.Name("last-event-id"), let text = headers[name], !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw Problem(["header", "last-event-id"], "expected a sequence number, from 0")
        }
        return number
    }
}

extension ClosedRange<Int> {
    fileprivate var text: String { "\(lowerBound) to \(upperBound)" }
}
