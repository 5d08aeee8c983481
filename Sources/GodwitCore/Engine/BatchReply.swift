/// What a receiver answered to a batch: it may accept it in part. A JSON object in the body of a success names the messages that
/// failed, `{"failed": ["msg_…"]}`, or those that it accepted, `{"accepted": ["msg_…"]}`; any other body accepts all. Of an object
/// that is too long to be read whole, or whose list can't be read, it isn't known what it names: then nothing is accepted, and all
/// are sent again.
struct BatchReply {
    private enum Names {
        case failed(Set<String>)
        case accepted(Set<String>)
    }

    private let names: Names

    /// nil when all deliveries of the batch have the verdict of the whole.
    init?(to deliveries: [HeldDelivery], _ verdict: AttemptVerdict, _ outcome: AttemptOutcome) {
        guard verdict == .delivered, case .responded(let response) = outcome else { return nil }
        guard let body = try? JSONValue.parse(response.body) else {
            guard response.body.count >= Limits.responseBodyBytesKeptMax, Self.beginsObject(response.body) else { return nil }
            names = .accepted([])
            return
        }
        if case .array(let items)? = body["failed"] {
            names = Self.names(items).map { .failed($0) } ?? .accepted([])
        } else if case .array(let items)? = body["accepted"] {
            names = .accepted(Self.names(items) ?? [])
        } else {
            return nil
        }
    }

    func verdict(on delivery: HeldDelivery) -> AttemptVerdict {
        let id = delivery.message.id.description
        let isAccepted =
            switch names {
            case .failed(let names): !names.contains(id)
            case .accepted(let names): names.contains(id)
            }
        return isAccepted ? .delivered : .retry(minimumDelay: .zero)
    }

    private static func beginsObject(_ body: [UInt8]) -> Bool {
        body.first { $0 > UInt8(ascii: " ") } == UInt8(ascii: "{")
    }

    private static func names(_ items: [JSONValue]) -> Set<String>? {
        var names: Set<String> = []
        for item in items {
            guard case .string(let name) = item else { return nil }
            names.insert(name)
        }
        return names
    }
}
