enum CloudSchemes {
    static let eventGrid = [
        SignatureScheme(
            "query-key", also: ["key", "code"], grade: .sharedSecretInHeader, id: [.json("/0/id"), .json("/id")],
            eventType: [.json("/0/eventType"), .json("/eventType")], .token(.query("code"))),
        SignatureScheme(
            "unsigned", grade: .unverified, id: [.json("/0/id"), .json("/id")],
            eventType: [.json("/0/eventType"), .json("/eventType")],
            .unsigned(
                refetch: "ask the resource in 'subject'; or give the endpoint's URL a secret and check it with 'query-key'")),
    ]
    static let microsoftGraph = [
        SignatureScheme(
            "client-state", also: ["clientstate", "body-secret"], grade: .sharedSecretInBody, id: [.json("/value/0/id")],
            eventType: [.json("/value/0/changeType")], .token(.jsonItems(array: "value", member: "clientState")))
    ]
    /// Push subscriptions show an OpenID Connect token of the sender; it doesn't cover the body.
    static let pubSub = [
        SignatureScheme(
            "oidc-jwt", also: ["jwt", "bearer-jwt"], grade: .signatureWithoutBody, tolerance: 300,
            id: [.json("/message/messageId")],
            eventType: [.json("/message/attributes/eventType")],
            .jsonWebToken(TokenRules(place: .bearer, algorithms: ["RS256"])))
    ]
    static let sns = [
        SignatureScheme(
            "v1", also: ["v2", "rsa-sha1", "rsa-sha256", "signature-in-body"], tolerance: 3600, id: [.json("/MessageId")],
            eventType: [.json("/Type")], .sns)
    ]
}
