import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

/// A publish in which nothing is wrong, whatever application it is for.
struct CheckedPublish: Sendable {
    let published: Publisher.Request
    let caller: Caller
    let input: PublishInput
    let withContent: Bool
    private let retention: Duration
    private let timing: MessageTiming
    private let key: String?

    init(
        _ published: Publisher.Request, _ caller: Caller, at now: Instant, retention standard: Duration
    ) throws(Problem) {
        self.published = published
        self.caller = caller
        key = try IdempotencyFields.key(published.fields)
        do throws(ValidationError) {
            withContent =
                try published.target.query.isEmpty
                ? true : QueryReader.read(published.target.query) { $0.bool("with_content", default: true) }
            input = try PublishInput(published.body)
            retention = input.payloadRetention ?? standard
            timing = try input.timing(at: now, retention: retention)
        } catch {
            throw Problem(error)
        }
    }

    func request(to application: CatalogueApplication) -> PublishRequest {
        PublishRequest(
            application: application, eventType: input.eventType, eventID: input.eventID, channels: input.channels,
            tags: input.tags, payload: input.payload, payloadRetention: retention,
            idempotency: key.map {
                // By identifier: a uid may name another application tomorrow.
                IdempotencyKey(
                    $0, caller: caller, operation: "publish \(application.application.id)", body: published.body)
            }, timing: timing, orderingKey: input.orderingKey, raw: input.raw,
            header: { [fields = published.fields] name in HTTPField.Name(name).flatMap { fields[$0] } })
    }
}
