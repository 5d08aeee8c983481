extension SignatureScheme {
    /// Where the proof stands in a request, for people.
    public var proof: String {
        switch method {
        case .recipe(let recipe): recipe.placeText
        case .standardWebhooks: "`webhook-signature` or `svix-signature`: `v1,` or `v1a,` and base64, with spaces between"
        case .token(let place): place.text
        case .twilio: "`x-twilio-signature`: base64"
        case .adyenItems: "body `additionalData.hmacSignature` of each item: base64"
        case .sns: "body `/Signature`: base64; its certificate at `/SigningCertURL`, Amazon's only"
        case .httpSignature: "`signature-input` and `signature`"
        case .contentDigest: "`content-digest`"
        case .jsonWebToken(let rules):
            switch rules.place {
            case .bearer: "`authorization: Bearer` and a JSON Web Token"
            case .header(let name): "`\(name)`: a JSON Web Token"
            case .body: "the body is a JSON Web Token"
            }
        case .unsigned(let refetch, _): "nowhere: \(refetch)"
        }
    }

    /// What the signature covers and how, for people.
    public var signedContent: String {
        switch method {
        case .recipe(let recipe): "\(recipe.algorithm.text) of `\(recipe.content.map(\.text).joined())`\(recipe.key.text)"
        case .standardWebhooks: "HMAC-SHA256 or Ed25519 of `{id}.{timestamp}.{body}`"
        case .token: "nothing"
        case .twilio(let hash):
            "HMAC-\(hash.rawValue.uppercased()) of the URL and the sorted form; JSON by `bodySHA256` in the URL"
        case .adyenItems: "HMAC-SHA256 (hex key) of eight fields of each item"
        case .sns: "RSA PKCS #1, SHA-1 or SHA-256, of named fields of the body"
        case .httpSignature: "the components that it names; the body by `content-digest`"
        case .contentDigest: "nothing: SHA-256 or SHA-512 of the body, without a key"
        case .jsonWebToken(let rules):
            rules.bodyDigestClaim.map { "the token, whose `\($0)` is the SHA-256 of the body" } ?? "the token"
        case .unsigned: "nothing"
        }
    }
}

extension SignatureRecipe {
    fileprivate var placeText: String {
        let encoded = encoding == .hex ? "hex" : "base64"
        return switch place {
        case .header(let name, let prefix):
            if case .hmacNamedByPrefix = algorithm {
                "`\(name)`: `sha1=`, `sha256=`, `sha384=` or `sha512=` and \(encoded)"
            } else {
                prefix.isEmpty ? "`\(name)`: \(encoded)" : "`\(name)`: `\(prefix)` and \(encoded)"
            }
        case .list(let name, let separator, let assign, let key):
            "`\(name)`: `\(key)\(assign)` and \(encoded), with `\(separator)` between"
        case .json(let pointer): "body `\(pointer)`: \(encoded)"
        }
    }
}

extension TokenPlace {
    fileprivate var text: String {
        switch self {
        case .header(let name, let prefix): prefix.isEmpty ? "`\(name)`: the secret" : "`\(name)`: `\(prefix)` and the secret"
        case .json(let pointer): "body `\(pointer)`: the secret"
        case .jsonItems(let array, let member): "body `\(member)` of each item of `\(array)`: the secret"
        case .query(let name): "query `\(name)`: the secret"
        }
    }
}

extension SignatureAlgorithm {
    fileprivate var text: String {
        switch self {
        case .hmac(let hash): "HMAC-\(hash.rawValue.uppercased())"
        case .hmacNamedByPrefix: "HMAC with the named hash"
        case .ed25519: "Ed25519"
        case .ecdsaP256SHA256: "ECDSA P-256 (DER)"
        case .rsaPKCS1SHA256: "RSA PKCS #1 SHA-256"
        }
    }
}

extension KeyForm {
    fileprivate var text: String {
        switch self {
        case .utf8, .ed25519Public, .publicKey: ""
        case .hex: ", key in hex"
        case .base64: ", key in base64"
        case .hexOrUTF8: ", key in hex or as text"
        }
    }
}

extension ContentPart {
    fileprivate var text: String {
        switch self {
        case .literal(let text): text
        case .value(.header(let name)): "{\(name)}"
        case .value(.json(let pointer)): "{\(pointer)}"
        case .value(.parameter(let name)): "{\(name)}"
        case .timestamp: "{timestamp}"
        case .body: "{body}"
        case .method: "{METHOD}"
        case .url: "{url}"
        case .webhookID: "{webhook id}"
        case .bodyCRC32: "{crc32 of the body}"
        }
    }
}
