/// HTTP message signatures (RFC 9421 §3.2).
struct HTTPSignatureCheck: SchemeCheck {
    let keys: [HTTPSignatureKey]
    let policy: HTTPSignaturePolicy
    let tolerance: Int64?

    func applies(to request: WebhookRequest) -> Bool { request.headers["signature-input"] != nil }

    /// One signature that meets the policy is enough: others may be of proxies on the way, and none of our business.
    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        let inputs = try members("signature-input", request)
        let signatures = try members("signature", request)
        guard inputs.count <= SignatureLimits.signaturesConsidered else { throw .tooLarge("signature-input") }
        var firstError: VerificationError?
        for input in inputs {
            do throws(VerificationError) {
                let signature = signatures.first { $0.name == input.name }
                guard case .item(let item)? = signature?.member, case .bytes(let bytes) = item.value else {
                    throw .missingHeader("signature")
                }
                return try check(input, bytes, request, at: nowSeconds)
            } catch {
                firstError = firstError ?? error
            }
        }
        throw firstError ?? .malformedSignature
    }

    private func members(
        _ name: String, _ request: WebhookRequest
    ) throws(VerificationError) -> [StructuredField.DictionaryMember] {
        let values = request.headers.values(name)
        guard values.contains(where: { !$0.isEmpty }) else { throw .missingHeader(name) }
        let combined = values.joined(separator: ", ")
        guard combined.utf8.count <= SignatureLimits.signatureHeaderBytes else { throw .tooLarge(name) }
        guard let members = StructuredField.dictionary(combined), !members.isEmpty else { throw .malformedSignature }
        return members
    }

    private func check(
        _ input: StructuredField.DictionaryMember, _ signature: [UInt8], _ request: WebhookRequest, at nowSeconds: Int64
    ) throws(VerificationError) -> Finding {
        guard case .innerList(let components, let parameters) = input.member else { throw .malformedSignature }
        try checkPolicy(components, parameters)
        let created = try checkTime(parameters, at: nowSeconds)
        var algorithm: HTTPSignatureAlgorithm?
        if let named = parameters["alg"] {
            guard case .string(let name) = named else { throw .malformedSignature }
            guard let known = HTTPSignatureAlgorithm(rawValue: name) else { throw .noKnownScheme }
            algorithm = known
        }
        let keyID = try text(parameters["keyid"])
        let candidates = keys.filter { $0.keyID == nil || keyID == nil || $0.keyID == keyID }
        let base = try SignatureBase.make(components, parameters: input.text, of: request)
        guard candidates.contains(where: { $0.signed(base, signature, named: algorithm) }) else { throw .noMatchingSignature }
        let coversBody = components.contains { $0.value == .string("content-digest") && $0.parameters["key"] == nil }
        // A covered digest proves nothing of a body that nobody has hashed.
        if components.contains(where: { $0.value == .string("content-digest") }) { try ContentDigest.check(request) }
        return .proved(coversBody ? .signature : .signatureWithoutBody, timestampSeconds: created)
    }

    private func checkPolicy(
        _ components: [StructuredField.Item], _ parameters: StructuredField.Parameters
    ) throws(VerificationError) {
        // With parameters a component is less than the whole: `content-digest;key="md5"`.
        let whole = components.filter { $0.parameters.pairs.allSatisfy { $0.name == "sf" || $0.name == "bs" } }
        let covered = Set(whole.compactMap { if case .string(let name) = $0.value { name } else { nil } })
        for name in policy.requiredComponents where !covered.contains(name) {
            guard name == "@authority", covered.contains("@target-uri") else { throw .missingComponent(name) }
        }
        if let tag = policy.tag, try text(parameters["tag"]) != tag { throw .missingComponent("tag") }
        if policy.requiresCreated, parameters["created"] == nil { throw .missingComponent("created") }
    }

    private func checkTime(
        _ parameters: StructuredField.Parameters, at nowSeconds: Int64
    ) throws(VerificationError) -> Int64? {
        if let expires = try seconds(parameters["expires"]), nowSeconds > expires { throw .timestampTooOld }
        guard let created = try seconds(parameters["created"]) else { return nil }
        if let tolerance { try Freshness.check(created, at: nowSeconds, past: tolerance, future: tolerance) }
        return created
    }

    private func seconds(_ item: StructuredField.BareItem?) throws(VerificationError) -> Int64? {
        guard let item else { return nil }
        guard case .integer(let seconds) = item else { throw .malformedTimestamp }
        return seconds
    }

    private func text(_ item: StructuredField.BareItem?) throws(VerificationError) -> String? {
        guard let item else { return nil }
        guard case .string(let text) = item else { throw .malformedSignature }
        return text
    }
}
