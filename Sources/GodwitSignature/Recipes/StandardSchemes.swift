enum StandardSchemes {
    private static let id: [ValuePlace] = [.header("webhook-id"), .header("svix-id")]
    private static let type: [ValuePlace] = [.json("/type")]

    static let standardWebhooks = [
        SignatureScheme("v1", also: ["v1a", "v1+v1a"], tolerance: 300, id: id, eventType: type, .standardWebhooks(.strict))
    ]
    static let openAI = [
        SignatureScheme("v1", also: ["v1a"], tolerance: 300, id: id, eventType: type, .standardWebhooks(.openAI))
    ]
    static let httpSignatures = [
        SignatureScheme(
            "rfc9421",
            also: [
                "hmac-sha256", "ed25519", "ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-pss-sha512", "rsa-v1_5-sha256",
                "http-message-signatures",
            ],
            tolerance: 300, id: id + [.header("ce-id")], eventType: [.header("ce-type"), .json("/type")], .httpSignature)
    ]
    /// Integrity without a key: anyone can write a digest.
    static let contentDigest = [
        SignatureScheme("content-digest", also: ["rfc9530"], grade: .unverified, .contentDigest)
    ]
    /// CloudEvents over HTTP WebHooks 1.0, §3: the sender shows a token. It doesn't cover the event.
    static let cloudEvents = [
        SignatureScheme(
            "jwt", also: ["bearer-jwt", "oidc-jwt"], grade: .signatureWithoutBody, tolerance: 300,
            id: [.header("ce-id"), .json("/id")], eventType: [.header("ce-type"), .json("/type")],
            .jsonWebToken(TokenRules(place: .bearer))),
        SignatureScheme(
            "bearer", also: ["token"], grade: .sharedSecretInHeader, id: [.header("ce-id"), .json("/id")],
            eventType: [.header("ce-type"), .json("/type")], .token(.header("authorization", prefix: "Bearer "))),
        SignatureScheme(
            "access_token", grade: .sharedSecretInHeader, id: [.header("ce-id"), .json("/id")],
            eventType: [.header("ce-type"), .json("/type")], .token(.query("access_token"))),
    ]
    /// W3C WebSub §7. YouTube and most hubs still say sha1.
    static let webSub = [
        SignatureScheme(
            "X-Hub-Signature", also: ["hub", "sha1", "sha256", "sha384", "sha512"],
            .recipe(SignatureRecipe(algorithm: .hmacNamedByPrefix, place: .header("x-hub-signature"))))
    ]
    static let restHooks = [
        SignatureScheme(
            "X-Hook-Signature", also: ["hex-body", "sha256-hex"], .recipe(SignatureRecipe(place: .header("x-hook-signature"))))
    ]
    /// Security Event Tokens pushed by RFC 8935: the body is the token.
    static let securityEvents = [
        SignatureScheme(
            "set-jwt", also: ["jwt", "jws", "secevent+jwt", "set"],
            .jsonWebToken(TokenRules(place: .body, expectsType: "secevent+jwt", checksAge: false)))
    ]
}
