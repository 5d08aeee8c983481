/// What a receiver answered to a batch: it may accept it in part. A JSON object in the body of a success names the messages that
/// failed, `{"failed": ["msg_…"]}`, or those that it accepted, `{"accepted": ["msg_…"]}`; any other body accepts all.
struct BatchReply {
    private enum Names {
        case failed(Set<String>)
        case accepted(Set<String>)
    }

    private let names: Names

    /// nil when all deliveries of the batch have the verdict of the whole.
    init?(to deliveries: [HeldDelivery], _ verdict: AttemptVerdict, _ outcome: AttemptOutcome) {
        guard verdict == .delivered, case .responded(let response) = outcome, let body = try? JSONValue.parse(response.body)
        else { return nil }
        if let failed = Self.names(body["failed"]) {
            names = .failed(failed)
        } else if let accepted = Self.names(body["accepted"]) {
            names = .accepted(accepted)
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

    private static func names(_ value: JSONValue?) -> Set<String>? {
        guard case .array(let items)? = value else { return nil }
        var names: Set<String> = []
        for item in items {
            guard case .string(let name) = item else { return nil }
            names.insert(name)
        }
        return names
    }
}
