package import GodwitCore
package import GodwitSignature

/// What the requests of a check are made of. Made anew for each case, so that a slow receiver can't make them stale.
package struct CheckContext: Sendable {
    /// Different for every run, so that no receiver takes an event for one of an earlier run.
    let run: String
    let nowSeconds: Int64
    let settings: CheckSettings

    package init(run: String, at now: Instant, settings: CheckSettings) {
        self.run = run
        nowSeconds = now.secondsSince1970
        self.settings = settings
    }

    func id(_ name: String, _ number: Int = 1) -> String { "msg_check_\(run)_\(name)_\(number)" }

    /// The receiver's usual payload, told apart by what is added to it.
    func event(_ name: String, _ number: Int = 1, adding members: [JSONValue.Member] = []) -> JSONValue {
        let mark = JSONValue.object([
            JSONValue.Member("run", .string(run)), JSONValue.Member("case", .string(name)),
            JSONValue.Member("number", .number("\(number)")),
        ])
        return .object(settings.payload + [JSONValue.Member("check", mark)] + members)
    }

    /// As a sender makes it.
    func signed(
        _ id: String, _ body: [UInt8], secondsFromNow: Int64 = 0, attempt: Int = 1, by signer: WebhookSigner? = nil
    ) throws(SigningError) -> CheckProbe {
        let timestamp = nowSeconds + secondsFromNow
        let signature = try (signer ?? settings.signer).signatureHeader(id: id, timestampSeconds: timestamp, body: body)
        return CheckProbe(
            id: id,
            headers: [
                CheckProbe.Header("content-type", "application/json"),
                CheckProbe.Header("webhook-id", id),
                CheckProbe.Header("webhook-timestamp", "\(timestamp)"),
                CheckProbe.Header("webhook-signature", signature),
                CheckProbe.Header("webhook-attempt", "\(attempt)"),
            ],
            body: body, isGenuine: signer == nil)
    }

    /// A genuine event, written compactly.
    func genuine(_ name: String, _ number: Int = 1) throws(SigningError) -> CheckProbe {
        try signed(id(name, number), JSONLayout.compact.text(event(name, number)))
    }
}

/// What a run is made with.
package struct CheckSettings: Sendable {
    /// The members of an event that the receiver understands.
    let payload: [JSONValue.Member]
    let signer: WebhookSigner
    /// Holds a secret of the same kind that the receiver doesn't know.
    let stranger: WebhookSigner
    /// Signs as if the secret were empty; nil for kinds that have no such thing.
    let emptyKey: WebhookSigner?
    let toleranceSeconds: Int64
    let largeBytes: Int
    let concurrency: Int
    package let limit: Duration

    /// - Parameter stranger: another secret of the same kind.
    package init(
        secret: SigningSecret, stranger: SigningSecret, payload: [JSONValue.Member], toleranceSeconds: Int64, largeBytes: Int,
        concurrency: Int, limit: Duration
    ) throws(SigningSecretError) {
        self.payload = payload
        signer = try WebhookSigner(current: secret)
        self.stranger = try WebhookSigner(current: stranger)
        switch secret.kind {
        // HMAC fills a key up with zeros to its block of 64 bytes (RFC 2104 §2), so this is the empty key.
        case .hmacSHA256:
            let empty = try SigningSecret(kind: .hmacSHA256, bytes: Array(repeating: 0, count: 24))
            emptyKey = try WebhookSigner(current: empty)
        case .ed25519: emptyKey = nil
        }
        self.toleranceSeconds = toleranceSeconds
        self.largeBytes = largeBytes
        self.concurrency = concurrency
        self.limit = limit
    }
}
