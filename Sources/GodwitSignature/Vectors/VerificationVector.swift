import GodwitCore

/// One webhook and the verdict on it.
enum VerificationVector {
    static func run(_ json: JSONValue) -> VectorOutcome {
        let expected = expected(json)
        let got = verdict(json)
        // Why a webhook is refused is told in the file for people: libraries look in different order.
        return VectorOutcome(
            json.vectorID, "vector", passed: expected == got.verdict, expected: expected,
            got: got.detail.isEmpty ? got.verdict : "\(got.verdict) (\(got.detail))")
    }

    private static let valid = "valid"
    private static let invalid = "invalid"
    private static let unverified = "unverified"

    private static func expected(_ json: JSONValue) -> String {
        switch json["expected_valid"] {
        case .bool(true)?: valid
        case .bool(false)?: invalid
        case .null?: unverified
        case .string(let text)?: text
        case nil, .number?, .array?, .object?: "(no expected_valid)"
        }
    }

    private static func verdict(_ json: JSONValue) -> (verdict: String, detail: String) {
        let name = json["provider"]?.vectorText ?? ""
        let headers = VectorRequest.headers(json["headers"])
        guard let provider = Provider(named: name) ?? standard(headers) else { return ("error", "unknown provider \(name)") }
        guard let body = VectorRequest.body(json["body"]) else { return ("error", "the body is in an unknown encoding") }
        guard let now = json["now"]?.vectorInteger else { return ("error", "'now' is not a number") }
        let scheme = json["scheme"]?.vectorText ?? ""
        do {
            let verifier = try ProviderVerifier(
                provider, scheme: provider.scheme(named: scheme) == nil ? nil : scheme,
                secrets: secrets(json, scheme), options: options(json))
            let request = WebhookRequest(
                method: json["method"]?.vectorText ?? "POST", url: json["url"]?.vectorText, headers: headers, body: body,
                status: json["status"]?.vectorInteger.map { Int($0) })
            switch try verifier.judge(request, at: now) {
            case .verified(let webhook): return (valid, webhook.grade.rawValue)
            // A digest has no sender to verify; that it is the body's is all it says.
            case .unverified where provider == .contentDigest: return (valid, "digest")
            case .unverified(let webhook): return (unverified, webhook.refetch)
            }
        } catch let error as VerificationError {
            return (invalid, error.reason)
        } catch {
            return (invalid, "\(error)")
        }
    }

    /// A provider that isn't in the table may still follow a standard.
    private static func standard(_ headers: WebhookHeaders) -> Provider? {
        if headers["webhook-signature"] != nil || headers["svix-signature"] != nil { return .standardWebhooks }
        return headers["signature-input"] != nil ? .httpSignatures : nil
    }

    private static func options(_ json: JSONValue) -> VerifierOptions {
        var options = VerifierOptions(httpSignatures: .anyComponents)
        switch json["tolerance_s"] {
        case nil: break
        case .null?: options.tolerance = .any
        case let value?: options.tolerance = value.vectorInteger.map { .seconds($0) } ?? .recommended
        }
        options.webhookID = (json["secret"]?["webhook_id"] ?? json["webhook_id"])?.vectorText
        options.audience = (json["audience"] ?? json["aud"])?.vectorText
        options.issuer = json["issuer"]?.vectorText
        if case .array(let names)? = json["required_components"] {
            options.httpSignatures.requiredComponents = names.compactMap(\.vectorText)
        }
        options.httpSignatures.tag = json["tag"]?.vectorText
        return options
    }

    private static func secrets(_ json: JSONValue, _ scheme: String) -> [ProviderSecret] {
        let given: [JSONValue] =
            switch (json["secrets"], json["secret"]) {
            case (.array(let several)?, _), (_, .array(let several)?): several
            case (_, let one?): [one]
            case (_, nil): []
            }
        return given.compactMap { secret in
            if case .string(let text) = secret { return ProviderSecret(text) }
            guard case .object = secret, let value = secret["value"] ?? secret["jwk"] ?? secret["pem"] else { return nil }
            let text = value.vectorText ?? String(decoding: JSONWriter.write(value), as: UTF8.self)
            let algorithm = (secret["alg"]?.vectorText).flatMap { HTTPSignatureAlgorithm(rawValue: $0) }
            return ProviderSecret(
                text, form: form(secret["type"]?.vectorText ?? ""), keyID: (secret["keyid"] ?? secret["kid"])?.vectorText,
                algorithm: algorithm ?? HTTPSignatureAlgorithm(rawValue: scheme))
        }
    }

    private static func form(_ type: String) -> ProviderSecret.Form {
        let type = type.lowercased()
        return switch type {
        case "raw-utf8", "utf8", "utf-8", "raw", "text", "ascii": .utf8
        case "hex": .hex
        case "base64", "b64": .base64
        case "whsec": .standardWebhooks
        case "whpk", "whsk": .asymmetric
        default:
            if ["spki", "pem", "jwk", "x509", "cert", "public", "pkcs", "ed25519", "der"].contains(where: { type.contains($0) })
            {
                .asymmetric
            } else {
                .asProvided
            }
        }
    }
}
