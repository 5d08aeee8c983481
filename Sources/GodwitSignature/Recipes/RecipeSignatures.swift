import GodwitCore

/// What stands in the place where a recipe's signatures are.
struct FoundSignatures {
    /// Decoded; those that aren't written as the recipe says are left out of a list.
    var signatures: [[UInt8]] = []
    /// Of a list, in order.
    var parameters: [(name: String, value: String)] = []
    /// Named in front of the signature, for `hmacNamedByPrefix`.
    var hash: HMACHash?
}

extension SignatureRecipe {
    func signatures(in request: WebhookRequest) throws(VerificationError) -> FoundSignatures {
        switch place {
        case .header(let name, let prefix):
            guard let value = request.headers[name], !value.isEmpty else { throw .missingHeader(name) }
            guard value.utf8.count <= SignatureLimits.signatureHeaderBytes else { throw .tooLarge(name) }
            if case .hmacNamedByPrefix = algorithm { return try namedByPrefix(value) }
            guard value.hasPrefix(prefix) else {
                throw value.contains("=") && !prefix.isEmpty && encoding == .hex ? .noKnownScheme : .malformedSignature
            }
            return FoundSignatures(signatures: [try single(value.dropFirst(prefix.count))])
        case .list(let name, let separator, let assign, let key):
            guard let value = request.headers[name], !value.isEmpty else { throw .missingHeader(name) }
            guard value.utf8.count <= SignatureLimits.signatureHeaderBytes else { throw .tooLarge(name) }
            return try list(value, separator: separator, assign: assign, key: key)
        case .json(let pointer):
            guard request.body.count <= SignatureLimits.parsedBodyBytes else { throw .tooLarge("the body") }
            guard let value = pointer.text(in: request.body), !value.isEmpty else { throw .missingHeader(pointer.description) }
            return FoundSignatures(signatures: [try single(value)])
        }
    }

    private func list(
        _ value: String, separator: Character, assign: Character, key: String
    ) throws(VerificationError) -> FoundSignatures {
        var found = FoundSignatures()
        var signatureCount = 0
        for item in value.split(separator: separator) {
            let parts = item.split(separator: assign, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let (name, text) = (String(parts[0].trimmedOWS), String(parts[1].trimmedOWS))
            if name == key {
                signatureCount += 1
                guard signatureCount <= SignatureLimits.signaturesConsidered else { continue }
                if let bytes = decode(text) { found.signatures.append(bytes) }
            } else if found.parameters.count < SignatureLimits.signaturesConsidered {
                found.parameters.append((name, text))
            }
        }
        guard signatureCount > 0 else { throw found.parameters.isEmpty ? .malformedSignature : .noKnownScheme }
        return found
    }

    private func namedByPrefix(_ value: String) throws(VerificationError) -> FoundSignatures {
        let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .malformedSignature }
        guard let hash = HMACHash(rawValue: parts[0].lowercased()) else { throw .noKnownScheme }
        guard let bytes = decode(parts[1]) else { throw malformedOrOther(parts[1]) }
        guard bytes.count == hash.byteCount else { throw .malformedSignature }
        return FoundSignatures(signatures: [bytes], hash: hash)
    }

    private func single(_ text: Substring) throws(VerificationError) -> [UInt8] {
        guard let bytes = decode(text) else { throw malformedOrOther(text) }
        guard let expected = algorithm.signatureBytes else { return bytes }
        guard bytes.count == expected else { throw .malformedSignature }
        return bytes
    }

    private func single(_ text: String) throws(VerificationError) -> [UInt8] { try single(text[...]) }

    private func decode(_ text: some StringProtocol) -> [UInt8]? {
        switch encoding {
        case .hex: Hex.decode(text, strict: true)
        case .base64: Base64.decode(text, padding: .required)
        }
    }

    /// Upper-case hexadecimal is well-formed and another text than the provider's.
    private func malformedOrOther(_ text: some StringProtocol) -> VerificationError {
        encoding == .hex && Hex.decode(text) != nil ? .noMatchingSignature : .malformedSignature
    }

    func checkPrecondition(_ request: WebhookRequest) throws(VerificationError) {
        switch precondition {
        case .none: break
        case .payPalCertificate:
            guard let url = request.headers["paypal-cert-url"], !url.isEmpty else { throw .missingHeader("paypal-cert-url") }
            guard CertificateURL.isTrusted(url, .payPal) else { throw .untrustedCertificateURL }
            guard let algorithm = request.headers["paypal-auth-algo"], !algorithm.isEmpty else {
                throw .missingHeader("paypal-auth-algo")
            }
            guard algorithm.lowercased() == "sha256withrsa" else { throw .noKnownScheme }
        }
    }
}

extension SignatureAlgorithm {
    /// nil where it depends on the key.
    var signatureBytes: Int? {
        switch self {
        case .hmac(let hash): hash.byteCount
        case .ed25519: 64
        case .hmacNamedByPrefix, .ecdsaP256SHA256, .rsaPKCS1SHA256: nil
        }
    }
}

/// Whose certificates may be fetched from where. A forger would name his own.
enum CertificateURL {
    enum Owner { case payPal, sns, snsSubscription }

    static func isTrusted(_ text: String, _ owner: Owner) -> Bool {
        // User information, ports, backslashes and the like have no business in it, and readers differ on what they mean.
        guard
            text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }),
            !text.contains("@"), !text.contains("#")
        else { return false }
        let url = RequestURL(text)
        guard url.scheme == "https", let authority = url.authority?.lowercased() else { return false }
        let host = authority.hasSuffix(":443") ? String(authority.dropLast(4)) : authority
        switch owner {
        case .payPal: return host == "paypal.com" || host.hasSuffix(".paypal.com")
        case .sns, .snsSubscription:
            let labels = host.split(separator: ".", omittingEmptySubsequences: false)
            let tail = labels.dropFirst(2).joined(separator: ".")
            let isRegion =
                labels.count >= 4 && !labels[1].isEmpty && labels[1].allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
            let isAmazon = labels.first == "sns" && isRegion && (tail == "amazonaws.com" || tail == "amazonaws.com.cn")
            return isAmazon && (owner == .snsSubscription || url.path.hasSuffix(".pem"))
        }
    }
}
