/// The `Content-Digest` header (RFC 9530 §2).
public enum ContentDigest {
    /// `sha-256=:…:`
    public static func sha256(_ body: [UInt8]) -> String { "sha-256=:\(Base64.encode(Digests.sha256(body))):" }

    /// `sha-512=:…:`
    public static func sha512(_ body: [UInt8]) -> String { "sha-512=:\(Base64.encode(Digests.sha512(body))):" }

    /// Every digest by an algorithm that we know must be the body's, and there must be one. The older algorithms of the registry are
    /// insecure and don't count.
    ///
    /// - Throws: `missingHeader`, `malformedSignature`, `noKnownScheme` or `bodyDigestMismatch`.
    public static func check(_ request: WebhookRequest) throws(VerificationError) {
        let values = request.headers.values("content-digest")
        guard !values.isEmpty else { throw .missingHeader("content-digest") }
        guard let members = StructuredField.dictionary(values.joined(separator: ", ")), !members.isEmpty else {
            throw .malformedSignature
        }
        var isKnown = false
        for member in members {
            let expected: [UInt8]
            switch member.name {
            case "sha-256": expected = Digests.sha256(request.body)
            case "sha-512": expected = Digests.sha512(request.body)
            default: continue
            }
            guard case .item(let item) = member.member, case .bytes(let bytes) = item.value else { throw .malformedSignature }
            guard Digests.equalInConstantTime(bytes, expected) else { throw .bodyDigestMismatch }
            isKnown = true
        }
        guard isKnown else { throw .noKnownScheme }
    }
}
