import Crypto

/// Checks that a webhook comes from who holds the secret, unchanged and lately (Standard Webhooks 1.0.0).
///
/// That it didn't come before is not checked here: keep `VerifiedWebhook.id` and ignore what you have seen.
public struct WebhookVerifier: Sendable {
    private let keys: [VerificationKey]
    /// nil: any timestamp will do.
    private let toleranceSeconds: Int64?
    private let variant: StandardWebhooksVariant
    private let provider: Provider
    private let eventType: [ValuePlace]

    /// - Parameters:
    ///   - keys: any of them may have signed; during a rotation these are the old and the new one.
    ///   - toleranceSeconds: how far `webhook-timestamp` may lie from now, into the past and into the future.
    public init(keys: [VerificationKey], toleranceSeconds: Int64 = 300) {
        self.init(keys: keys, tolerance: toleranceSeconds)
    }

    init(
        keys: [VerificationKey], tolerance: Int64?, variant: StandardWebhooksVariant = .strict,
        provider: Provider = .standardWebhooks, eventType: [ValuePlace] = [.json("/type")]
    ) {
        self.keys = keys
        toleranceSeconds = tolerance
        self.variant = variant
        self.provider = provider
        self.eventType = eventType
    }

    /// - Parameters:
    ///   - id: the value of `webhook-id`.
    ///   - timestamp: the value of `webhook-timestamp`, as text.
    ///   - signatureHeader: the value of `webhook-signature`.
    ///   - body: exactly the bytes that were received, before any decoding.
    ///   - nowSeconds: seconds since 1970.
    public func verify(
        id: String, timestamp: String, signatureHeader: String, body: [UInt8], at nowSeconds: Int64
    ) throws(VerificationError) -> VerifiedWebhook {
        guard !id.isEmpty else { throw .missingHeader(Header.id.name) }
        guard !timestamp.isEmpty else { throw .missingHeader(Header.timestamp.name) }
        guard !signatureHeader.isEmpty else { throw .missingHeader(Header.signature.name) }
        let timestampSeconds = try checkedTimestamp(timestamp, at: nowSeconds)
        let content = SignedContent(id: id, timestamp: timestamp)
        let signatures = signatures(in: signatureHeader)
        guard keys.contains(where: { $0.signed(content, body: body, withOneOf: signatures) }) else {
            throw .noMatchingSignature
        }
        return VerifiedWebhook(
            provider: provider, grade: .signature, timestampSeconds: timestampSeconds, body: body, id: .known(id),
            eventType: NamedValue(eventType) { _ in nil })
    }

    /// - Parameter header: looks up a header's value by its name, which is given in lower case. Each header is looked for with
    ///   the prefix `webhook-` first, then with `svix-`.
    public func verify(
        body: [UInt8], at nowSeconds: Int64, header: (String) -> String?
    ) throws(VerificationError) -> VerifiedWebhook {
        func value(_ name: Header) -> String {
            for prefix in ["webhook-", "svix-"] {
                if let value = header(prefix + name.rawValue), !value.isEmpty { return value }
            }
            return ""
        }
        return try verify(
            id: value(.id), timestamp: value(.timestamp), signatureHeader: value(.signature), body: body, at: nowSeconds)
    }

    /// Digits only: what other readers make of `1e9`, `+1` or `1.5` differs, so a signature over them proves nothing.
    private func checkedTimestamp(_ text: String, at nowSeconds: Int64) throws(VerificationError) -> Int64 {
        guard text.utf8.count <= 19, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(text) else {
            throw .malformedTimestamp
        }
        if let toleranceSeconds {
            try Freshness.check(seconds, at: nowSeconds, past: toleranceSeconds, future: toleranceSeconds)
        }
        return seconds
    }

    /// Items of other versions and malformed ones are passed over: a sender may add kinds that we don't know.
    private func signatures(in header: String) -> [Signature] {
        let limit = SignatureLimits.signaturesConsidered
        return header.split(separator: " ", maxSplits: limit).prefix(limit).compactMap { item in
            let parts = item.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 1, case .openAI = variant {
                return Base64.decode(item, padding: .required).map { Signature(version: .v1, bytes: $0) }
            }
            guard
                parts.count == 2, let version = SignatureVersion(rawValue: String(parts[0])),
                let bytes = Base64.decode(parts[1], padding: .required)
            else { return nil }
            return Signature(version: version, bytes: bytes)
        }
    }

    private enum Header: String {
        case id, timestamp, signature

        var name: String { "webhook-\(rawValue)" }
    }
}

/// One item of `webhook-signature`, decoded.
private struct Signature {
    let version: SignatureVersion
    let bytes: [UInt8]
}

extension VerificationKey {
    fileprivate func signed(_ content: SignedContent, body: [UInt8], withOneOf signatures: [Signature]) -> Bool {
        switch material {
        case .symmetric(let keyed):
            let expected = content.authenticate(body: body.span, with: keyed)
            // The library's comparison of a code with bytes takes the same time wherever they differ.
            return signatures.contains { $0.version == .v1 && expected == $0.bytes }
        case .ed25519(let publicKey):
            let message = content.joined(with: body.span)
            return signatures.contains { $0.version == .v1a && publicKey.isValidSignature($0.bytes, for: message) }
        }
    }
}
