import GodwitCore

/// Body of a publish. The payload stays bytes: it is proved to be a JSON object, and never decoded.
struct PublishInput: Sendable {
    let eventType: String
    let eventID: String?
    let channels: [String]
    let tags: [String]
    /// Exactly as sent.
    let payload: [UInt8]
    /// nil for the server's own.
    let payloadRetention: Duration?
    /// As sent; see `timing`.
    let deliverAt: Instant?
    let doNotDeliverAfter: Instant?
    let orderingKey: String?
    let raw: RawPayload?
    /// Made when there is none at the path.
    let application: ApplicationIn?

    init(_ body: [UInt8]) throws(ValidationError) {
        self = try JSONReader.read(body) { PublishInput(&$0) }
    }

    private init(_ reader: inout JSONReader) {
        eventType = reader.required("eventType", .name)
        eventID = reader.optional("eventId", .uid(of: MessageKind.self))
        channels = reader.set("channels", of: .channel, atMost: Limits.channels).value ?? []
        tags = reader.set("tags", of: .tag, atMost: Limits.tags).value ?? []
        // `data` is the field's other name.
        payload = reader.optional("data", .rawObject) ?? reader.required("payload", .rawObject)
        payloadRetention = reader.payloadRetention()
        deliverAt = reader.optional("deliverAt", .instant)
        doNotDeliverAfter = reader.optional("doNotDeliverAfter", .instant)
        orderingKey = reader.optional("orderingKey", .orderingKey)
        raw = reader.rawPayload(insteadOf: payload)
        application = reader.object("application", ApplicationIn.init).value
    }
}

extension PublishInput {
    /// When the message may be delivered. A `deliverAt` that has passed means at once.
    ///
    /// - Parameter retention: of the payload, without which nothing can be delivered.
    func timing(at now: Instant, retention: Duration) throws(ValidationError) -> MessageTiming {
        var errors: [FieldError] = []
        let latest = now + Limits.scheduledAhead
        let tooFar = "expected a time at most \(Limits.scheduledAhead.text) ahead"
        if let deliverAt {
            if deliverAt > latest {
                errors.append(FieldError(["body", "deliverAt"], tooFar))
            } else if deliverAt > now + retention {
                errors.append(
                    FieldError(
                        ["body", "deliverAt"], "the payload is only kept for \(retention.text): expected a time before that"))
            }
        }
        if let doNotDeliverAfter {
            let location = ["body", "doNotDeliverAfter"]
            if doNotDeliverAfter > latest { errors.append(FieldError(location, tooFar)) }
            if doNotDeliverAfter <= now { errors.append(FieldError(location, "expected a time to come")) }
            if let deliverAt, deliverAt > doNotDeliverAfter {
                errors.append(FieldError(location, "expected a time that is not before deliverAt"))
            }
        }
        guard errors.isEmpty else { throw ValidationError(errors: errors) }
        return MessageTiming(
            deliverAt: deliverAt.flatMap { $0 > now ? $0 : nil }, doNotDeliverAfter: doNotDeliverAfter)
    }
}

extension JSONShape where Value == String {
    fileprivate static var orderingKey: Self {
        string.checked { text in
            let isVisible = !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
            return Limits.orderingKeyBytes.contains(text.utf8.count) && isVisible
                ? nil
                : "expected \(Limits.orderingKeyBytes.lowerBound) to \(Limits.orderingKeyBytes.upperBound) bytes without control characters"
        }
    }
}
