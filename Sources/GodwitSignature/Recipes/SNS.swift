import GodwitCore

/// Amazon SNS: the signature stands in the body, over some of its fields. The receiver fetches the certificate that the body names,
/// from Amazon only, and gives its key as the secret.
struct SNSCheck: SchemeCheck {
    let keys: [PublicKey]
    let tolerance: Int64?

    func applies(to request: WebhookRequest) -> Bool { true }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        guard request.body.count <= SignatureLimits.parsedBodyBytes else { throw .tooLarge("the body") }
        guard let message = try? JSONValue.parse(request.body), case .object = message else { throw .malformedBody }
        func text(_ name: String) throws(VerificationError) -> String {
            guard case .string(let text)? = message[name], !text.isEmpty else { throw .missingHeader(name) }
            return text
        }
        guard CertificateURL.isTrusted(try text("SigningCertURL"), .sns) else { throw .untrustedCertificateURL }
        let hash: HMACHash
        switch try text("SignatureVersion") {
        case "1": hash = .sha1
        case "2": hash = .sha256
        default: throw .noKnownScheme
        }
        guard let signature = Base64.decode(try text("Signature"), padding: .required) else { throw .malformedSignature }
        guard let sentAt = RFC3339.parse(try text("Timestamp"))?.secondsSince1970 else { throw .malformedTimestamp }
        if let tolerance { try Freshness.check(sentAt, at: nowSeconds, past: tolerance, future: tolerance) }
        let content = Array(SNS.signedText(message).utf8)
        guard keys.contains(where: { $0.isValid(signature, for: content, as: .rsaPKCS1(hash)) }) else {
            throw .noMatchingSignature
        }
        return .proved(.signature, timestampSeconds: sentAt)
    }
}

enum SNS {
    /// Names and values, each on a line of its own. Which fields there are depends on the type.
    static func signedText(_ message: JSONValue) -> String {
        let isNotification = message["Type"] == .string("Notification")
        let names =
            isNotification
            ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        return names.compactMap { name in
            guard case .string(let text)? = message[name] else { return nil }
            return "\(name)\n\(text)\n"
        }.joined()
    }
}
