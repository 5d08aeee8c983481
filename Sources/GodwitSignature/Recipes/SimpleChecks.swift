import GodwitCore

struct StandardWebhooksCheck: SchemeCheck {
    let verifier: WebhookVerifier

    func applies(to request: WebhookRequest) -> Bool {
        request.headers["webhook-signature"] != nil || request.headers["svix-signature"] != nil
    }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        let webhook = try verifier.verify(body: request.body, at: nowSeconds) { request.headers[$0] }
        return .proved(webhook.grade, timestampSeconds: webhook.timestampSeconds)
    }
}

/// The secret itself stands in the request.
struct TokenCheck: SchemeCheck {
    let place: TokenPlace
    let tokens: [[UInt8]]
    let grade: TrustGrade

    func applies(to request: WebhookRequest) -> Bool { (try? !shown(request).isEmpty) ?? false }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        let shown = try shown(request)
        guard !shown.isEmpty else { throw .missingHeader(name) }
        let matches = shown.allSatisfy { text in tokens.contains { Digests.equalInConstantTime($0, text.utf8) } }
        guard matches else { throw .noMatchingSignature }
        return .proved(grade, timestampSeconds: nil)
    }

    private var name: String {
        switch place {
        case .header(let name, _): name
        case .json(let pointer): pointer.description
        case .jsonItems(let array, let member): "\(member) in \(array)"
        case .query(let name): "the query parameter \(name)"
        }
    }

    /// Every text that must be a token of ours; empty when there is none.
    private func shown(_ request: WebhookRequest) throws(VerificationError) -> [String] {
        switch place {
        case .header(let name, let prefix):
            guard let value = request.headers[name] else { return [] }
            // Authentication schemes are compared without regard to case (RFC 9110 §11.1).
            guard value.prefix(prefix.count).lowercased() == prefix.lowercased() else { return [] }
            let token = String(value.dropFirst(prefix.count).trimmedOWS)
            return token.isEmpty ? [] : [token]
        case .query(let name): return (request.parsedURL?.queryValues(name) ?? []).filter { !$0.isEmpty }
        case .json(let pointer):
            guard request.body.count <= SignatureLimits.parsedBodyBytes else { throw .tooLarge("the body") }
            return [pointer.text(in: request.body)].compactMap { $0 }.filter { !$0.isEmpty }
        case .jsonItems(let array, let member):
            guard request.body.count <= SignatureLimits.parsedBodyBytes else { throw .tooLarge("the body") }
            guard case .array(let items)? = (try? JSONValue.parse(request.body))?[array] else { return [] }
            guard items.count <= SignatureLimits.signedItems else { throw .tooLarge(array) }
            // An item without it counts as one with an empty token, which is none of ours.
            return items.map { item in if case .string(let text)? = item[member] { text } else { "" } }
        }
    }
}

/// A digest without a key: whole, but anyone can have written it.
struct ContentDigestCheck: SchemeCheck {
    var usesSecrets: Bool { false }

    func applies(to request: WebhookRequest) -> Bool { request.headers["content-digest"] != nil }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        try ContentDigest.check(request)
        return .nothingProved(refetch: "the body is whole, but a digest doesn't say who wrote it")
    }
}

struct UnsignedCheck: SchemeCheck {
    let refetch: String
    let signedTypes: [String]
    let eventType: [ValuePlace]

    var usesSecrets: Bool { false }

    func applies(to request: WebhookRequest) -> Bool { true }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        guard request.body.count <= SignatureLimits.parsedBodyBytes else { throw .tooLarge("the body") }
        if !signedTypes.isEmpty,
            let type = NamedValue(eventType, header: { request.headers[$0] }).text(in: request.body), signedTypes.contains(type)
        {
            throw .missingHeader("the signature, which this event always has,")
        }
        return .nothingProved(refetch: refetch)
    }
}
