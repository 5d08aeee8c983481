enum WorkSchemes {
    private static let githubID: [ValuePlace] = [.header("x-github-delivery")]
    static let github = [
        SignatureScheme(
            "sha256-hex", also: ["sha256"], id: githubID, eventType: [.header("x-github-event")],
            .recipe(SignatureRecipe(place: .header("x-hub-signature-256", prefix: "sha256=")))),
        SignatureScheme(
            "sha1-hex", also: ["sha1", "legacy"], id: githubID, eventType: [.header("x-github-event")],
            .recipe(SignatureRecipe(algorithm: .hmac(.sha1), place: .header("x-hub-signature", prefix: "sha1=")))),
    ]
    private static let gitlabID: [ValuePlace] = [.header("idempotency-key"), .header("webhook-id")]
    static let gitlab = [
        SignatureScheme(
            "v1", also: ["signing-token"], tolerance: 300, id: [.header("webhook-id")], eventType: [.header("x-gitlab-event")],
            .standardWebhooks(.strict)),
        SignatureScheme(
            "plain-token", also: ["token"], grade: .sharedSecretInHeader, id: gitlabID, eventType: [.header("x-gitlab-event")],
            .token(.header("x-gitlab-token"))),
    ]
    static let bitbucket = [
        SignatureScheme(
            "sha256-hex", also: ["sha256"], id: [.header("x-request-uuid")], eventType: [.header("x-event-key")],
            .recipe(SignatureRecipe(place: .header("x-hub-signature", prefix: "sha256="))))
    ]
    static let calendly = [
        SignatureScheme(
            "t/v1", also: ["t,v1", "v1"], tolerance: 180, eventType: [.json("/event")],
            .recipe(
                SignatureRecipe(
                    place: .list(header: "calendly-webhook-signature", separator: ",", assign: "=", key: "v1"),
                    content: [.timestamp, .literal("."), .body], time: TimeRule(place: .parameter("t")))))
    ]
    static let dropbox = [
        SignatureScheme(
            "hex-body", also: ["sha256-hex"], .recipe(SignatureRecipe(place: .header("x-dropbox-signature"))))
    ]
    static let linear = [
        SignatureScheme(
            "hex-body", also: ["sha256-hex"], tolerance: 60, id: [.header("linear-delivery")],
            eventType: [.header("linear-event"), .json("/type")],
            // Linear-Timestamp is not signed: only the body's own can be believed.
            .recipe(
                SignatureRecipe(
                    place: .header("linear-signature"),
                    time: TimeRule(place: .json("/webhookTimestamp"), unit: .milliseconds))))
    ]
    static let sentry = [
        SignatureScheme(
            "hex-body", also: ["sha256-hex"], id: [.header("request-id")], eventType: [.header("sentry-hook-resource")],
            .recipe(SignatureRecipe(place: .header("sentry-hook-signature"))))
    ]
    static let trello = [
        SignatureScheme(
            "hmac1-b64-body+url", also: ["sha1", "body+url", "sha1-b64"], id: [.json("/action/id")],
            eventType: [.json("/action/type")],
            .recipe(
                SignatureRecipe(
                    algorithm: .hmac(.sha1), place: .header("x-trello-webhook"), encoding: .base64, content: [.body, .url])))
    ]
    static let vercel = [
        SignatureScheme(
            "sha1-hex", also: ["sha1", "hex-body"], id: [.json("/id")], eventType: [.json("/type")],
            .recipe(SignatureRecipe(algorithm: .hmac(.sha1), place: .header("x-vercel-signature"))))
    ]
    static let workOS = [
        SignatureScheme(
            "t/v1", also: ["t,v1", "v1"], tolerance: 180, id: [.json("/id")], eventType: [.json("/event")],
            .recipe(
                SignatureRecipe(
                    place: .list(header: "workos-signature", separator: ",", assign: "=", key: "v1"),
                    content: [.timestamp, .literal("."), .body],
                    time: TimeRule(place: .parameter("t"), unit: .milliseconds))))
    ]
    static let zendesk = [
        SignatureScheme(
            "ts+body b64", also: ["ts+body", "hmac256-b64"], id: [.header("x-zendesk-webhook-invocation-id")],
            eventType: [.json("/type")],
            .recipe(
                SignatureRecipe(
                    place: .header("x-zendesk-webhook-signature"), encoding: .base64, content: [.timestamp, .body],
                    time: TimeRule(place: .header("x-zendesk-webhook-signature-timestamp"), unit: .rfc3339))))
    ]
}
