/// Twilio signs the URL, and behind it the parameters of a form, sorted. A JSON body is bound by its digest in the URL.
struct TwilioCheck: SchemeCheck {
    let hash: HMACHash
    let keys: [KeyedHMAC]

    /// The header names the algorithm in the newer mode; the older has no such header.
    func applies(to request: WebhookRequest) -> Bool {
        request.headers["x-twilio-signature"] != nil && (Twilio.namesSHA256(request) == (hash == .sha256))
    }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        guard let text = request.headers["x-twilio-signature"], !text.isEmpty else {
            throw .missingHeader("x-twilio-signature")
        }
        guard let signature = Base64.decode(text, padding: .required), signature.count == hash.byteCount else {
            throw .malformedSignature
        }
        guard let url = request.url else { throw .missingComponent("the URL") }
        let parameters = try Twilio.signedParameters(request)
        let matches = Twilio.spellings(of: url).contains { spelling in
            keys.contains { keyed in
                var code = keyed
                code.update(Array(spelling.utf8))
                code.update(parameters)
                return code.matches(anyOf: [signature])
            }
        }
        guard matches else { throw .noMatchingSignature }
        return .proved(.signature, timestampSeconds: nil)
    }
}

enum Twilio {
    static func namesSHA256(_ request: WebhookRequest) -> Bool {
        request.headers["x-twilio-webhooks-signature-settings"]?.uppercased().contains("ALGORITHM=HMAC_SHA256") ?? false
    }

    /// Names and values of a form one after the other, each pair once, sorted by name and then value, by code point.
    static func signedParameters(_ request: WebhookRequest) throws(VerificationError) -> [UInt8] {
        if let url = request.parsedURL, let digest = url.queryValues("bodySHA256").first {
            guard Digests.equalInConstantTime(Digests.sha256Hex(request.body).utf8, digest.lowercased().utf8) else {
                throw .bodyDigestMismatch
            }
            return []
        }
        guard !request.body.isEmpty else { return [] }
        let type = request.headers["content-type"]?.prefix { $0 != ";" }.trimmedOWS.lowercased()
        // Any other body would be in nobody's signature.
        guard type == nil || type == "application/x-www-form-urlencoded" else {
            throw .missingComponent("bodySHA256 in the URL")
        }
        let pairs = PercentEncoding.formPairs(String(decoding: request.body, as: UTF8.self))
        guard pairs.count <= SignatureLimits.formParameters else { throw .tooLarge("the form") }
        var seen: Set<[String]> = []
        let sorted = pairs.map { [$0.name, $0.value] }.filter { seen.insert($0).inserted }.sorted { left, right in
            left[0] == right[0]
                ? left[1].unicodeScalars.lexicographicallyPrecedes(right[1].unicodeScalars)
                : left[0].unicodeScalars.lexicographicallyPrecedes(right[0].unicodeScalars)
        }
        return sorted.flatMap { Array($0[0].utf8) + Array($0[1].utf8) }
    }

    /// Twilio signs the URL with or without the port, by its product: its own libraries try both.
    static func spellings(of url: String) -> [String] {
        let parsed = RequestURL(url)
        guard let scheme = parsed.scheme, let authority = parsed.authority, let range = url.firstRange(of: "://" + authority)
        else {
            return [url]
        }
        let head = url[..<range.lowerBound] + "://"
        let tail = url[range.upperBound...]
        let (host, port) = split(authority)
        var spellings = [url]
        if port != nil { spellings.append(head + host + tail) }
        if port == nil, let standard = RequestURL.defaultPort(of: scheme) {
            spellings.append(head + host + ":" + standard + tail)
        }
        return spellings
    }

    private static func split(_ authority: String) -> (host: String, port: String?) {
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].dropFirst().allSatisfy(\.isNumber) else {
            return (authority, nil)
        }
        return (String(authority[..<colon]), String(authority[authority.index(after: colon)...]))
    }
}
