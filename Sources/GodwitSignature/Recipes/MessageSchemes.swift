import GodwitCore

enum MessageSchemes {
    static let discord = [
        SignatureScheme(
            "ed25519-hex", also: ["ed25519"], id: [.json("/id")], eventType: [.json("/event/type"), .json("/type")],
            .recipe(
                SignatureRecipe(
                    key: .ed25519Public, algorithm: .ed25519, place: .header("x-signature-ed25519"),
                    content: [.timestamp, .body], time: TimeRule(place: .header("x-signature-timestamp")))))
    ]
    static let hubSpot = [
        SignatureScheme(
            "v3", tolerance: 300, id: [.json("/0/eventId"), .json("/eventId")],
            eventType: [.json("/0/subscriptionType"), .json("/subscriptionType")],
            .recipe(
                SignatureRecipe(
                    place: .header("x-hubspot-signature-v3"), encoding: .base64, content: [.method, .url, .body, .timestamp],
                    time: TimeRule(place: .header("x-hubspot-request-timestamp"), unit: .milliseconds))))
    ]
    static let intercom = [
        SignatureScheme(
            "sha1-hex", also: ["sha1"], id: [.json("/id")], eventType: [.json("/topic")],
            .recipe(SignatureRecipe(algorithm: .hmac(.sha1), place: .header("x-hub-signature", prefix: "sha1="))))
    ]
    static let kakao = [
        SignatureScheme(
            "authorization-admin-key", also: ["admin-key"], grade: .sharedSecretInHeader, id: [.header("x-kakao-resource-id")],
            eventType: [.json("/event")], .token(.header("authorization", prefix: "KakaoAK ")))
    ]
    static let line = [
        SignatureScheme(
            "hmac256-b64", also: ["sha256-b64"], id: [.json("/events/0/webhookEventId")], eventType: [.json("/events/0/type")],
            .recipe(SignatureRecipe(place: .header("x-line-signature"), encoding: .base64)))
    ]
    static let mailgun = [
        SignatureScheme(
            "body-ts+token", also: ["ts+token"], grade: .signatureWithoutBody, id: [.json("/signature/token")],
            eventType: [.json("/event-data/event")],
            .recipe(
                SignatureRecipe(
                    place: .json(JSONPointer(constant: "/signature/signature")),
                    content: [.timestamp, .value(.json("/signature/token"))],
                    time: TimeRule(place: .json("/signature/timestamp")))))
    ]
    static let meta = [
        SignatureScheme(
            "sha256-hex", also: ["sha256"], id: [], eventType: [.json("/object")],
            .recipe(SignatureRecipe(place: .header("x-hub-signature-256", prefix: "sha256=")))),
        SignatureScheme(
            "sha1-hex", also: ["sha1", "legacy"], eventType: [.json("/object")],
            .recipe(SignatureRecipe(algorithm: .hmac(.sha1), place: .header("x-hub-signature", prefix: "sha1=")))),
    ]
    static let sendGrid = [
        SignatureScheme(
            "ecdsa-p256-der", also: ["ecdsa", "ecdsa-p256"], id: [.json("/0/sg_event_id")], eventType: [.json("/0/event")],
            .recipe(
                SignatureRecipe(
                    key: .publicKey, algorithm: .ecdsaP256SHA256, place: .header("x-twilio-email-event-webhook-signature"),
                    encoding: .base64, content: [.timestamp, .body],
                    time: TimeRule(place: .header("x-twilio-email-event-webhook-timestamp")))))
    ]
    static let slack = [
        SignatureScheme(
            "v0", tolerance: 300, id: [.json("/event_id")], eventType: [.json("/event/type"), .json("/type")],
            .recipe(
                SignatureRecipe(
                    place: .header("x-slack-signature", prefix: "v0="),
                    content: [.literal("v0:"), .timestamp, .literal(":"), .body],
                    time: TimeRule(place: .header("x-slack-request-timestamp")))))
    ]
    static let telegram = [
        SignatureScheme(
            "secret-token", also: ["token", "plain-token"], grade: .sharedSecretInHeader, id: [.json("/update_id")],
            .token(.header("x-telegram-bot-api-secret-token")))
    ]
    static let twilio = [
        SignatureScheme(
            "HMAC_SHA1-url-params", also: ["sha1"], id: [.header("i-twilio-idempotency-token")], .twilio(.sha1)),
        SignatureScheme(
            "HMAC_SHA256-url-params", also: ["sha256", "sharedkey"], id: [.header("i-twilio-idempotency-token")],
            .twilio(.sha256)),
    ]
    static let twitch = [
        SignatureScheme(
            "id+ts+body", also: ["sha256-hex"], tolerance: 600, id: [.header("twitch-eventsub-message-id")],
            eventType: [.header("twitch-eventsub-subscription-type"), .json("/subscription/type")],
            .recipe(
                SignatureRecipe(
                    place: .header("twitch-eventsub-message-signature", prefix: "sha256="),
                    content: [.value(.header("twitch-eventsub-message-id")), .timestamp, .body],
                    time: TimeRule(place: .header("twitch-eventsub-message-timestamp"), unit: .rfc3339))))
    ]
    static let x = [
        SignatureScheme(
            "sha256-b64", also: ["sha256", "hmac256-b64"], eventType: [],
            .recipe(
                SignatureRecipe(place: .header("x-twitter-webhooks-signature", prefix: "sha256="), encoding: .base64))),
        SignatureScheme(
            "sha256-b64-oauth2", also: ["oauth2"],
            .recipe(
                SignatureRecipe(place: .header("x-twitter-webhooks-signature-oauth2", prefix: "sha256="), encoding: .base64))),
    ]
    static let zoom = [
        SignatureScheme(
            "v0", tolerance: 300, id: [.header("x-zm-trackingid")], eventType: [.json("/event")],
            .recipe(
                SignatureRecipe(
                    place: .header("x-zm-signature", prefix: "v0="),
                    content: [.literal("v0:"), .timestamp, .literal(":"), .body],
                    time: TimeRule(place: .header("x-zm-request-timestamp")))))
    ]
}
