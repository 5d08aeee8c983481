import GodwitCore

enum PaymentSchemes {
    static let adyen = [
        // Each item of the body carries its own signature over eight of its fields; the rest of the item is not covered.
        SignatureScheme(
            "payments-in-body", also: ["payments"], grade: .signatureWithoutBody,
            id: [.json("/notificationItems/0/NotificationRequestItem/pspReference")],
            eventType: [.json("/notificationItems/0/NotificationRequestItem/eventCode")], .adyenItems),
        SignatureScheme(
            "platform-header", also: ["platform", "management"], eventType: [.json("/type")],
            .recipe(SignatureRecipe(key: .hex, place: .header("hmacsignature"), encoding: .base64))),
    ]
    static let kakaoPay = [
        SignatureScheme("unsigned", grade: .unverified, .unsigned(refetch: "ask the payment's order API by its tid"))
    ]
    static let naverPay = [
        SignatureScheme("unsigned", grade: .unverified, .unsigned(refetch: "ask the payment history API by its paymentId"))
    ]
    static let payple = [
        SignatureScheme("unsigned", grade: .unverified, .unsigned(refetch: "ask the payment result API by the order's number"))
    ]
    static let portOneV1 = [
        SignatureScheme(
            "unsigned", grade: .unverified, id: [.json("/imp_uid")], eventType: [.json("/status")],
            .unsigned(refetch: "GET /payments/{imp_uid}"))
    ]
    static let lemonSqueezy = [
        SignatureScheme(
            "hex-body", also: ["sha256-hex", "x-signature"], eventType: [.header("x-event-name"), .json("/meta/event_name")],
            .recipe(SignatureRecipe(place: .header("x-signature"))))
    ]
    static let paddle = [
        SignatureScheme(
            "ts;h1", also: ["h1"], tolerance: 5, id: [.json("/event_id"), .json("/notification_id")],
            eventType: [.json("/event_type")],
            .recipe(
                SignatureRecipe(
                    place: .list(header: "paddle-signature", separator: ";", assign: "=", key: "h1"),
                    content: [.timestamp, .literal(":"), .body], time: TimeRule(place: .parameter("ts")))))
    ]
    static let payPal = [
        SignatureScheme(
            "id|time|webhookId|crc32", also: ["sha256withrsa", "rsa"], tolerance: nil,
            id: [.header("paypal-transmission-id"), .json("/id")], eventType: [.json("/event_type")],
            .recipe(
                SignatureRecipe(
                    key: .publicKey, algorithm: .rsaPKCS1SHA256, place: .header("paypal-transmission-sig"), encoding: .base64,
                    content: [
                        .value(.header("paypal-transmission-id")), .literal("|"), .timestamp, .literal("|"), .webhookID,
                        .literal("|"), .bodyCRC32,
                    ],
                    time: TimeRule(place: .header("paypal-transmission-time"), unit: .rfc3339),
                    precondition: .payPalCertificate)))
    ]
    static let plaid = [
        SignatureScheme(
            "es256-jwt", also: ["jwt", "jws", "es256"], tolerance: 300, eventType: [.json("/webhook_code")],
            .jsonWebToken(
                TokenRules(
                    place: .header("plaid-verification"), algorithms: ["ES256"], bodyDigestClaim: "request_body_sha256")))
    ]
    static let razorpay = [
        SignatureScheme(
            "hex-body", also: ["sha256-hex"], id: [.header("x-razorpay-event-id")], eventType: [.json("/event")],
            .recipe(SignatureRecipe(place: .header("x-razorpay-signature"))))
    ]
    static let shopify = [
        SignatureScheme(
            "hmac256-b64", also: ["sha256-b64"], id: [.header("x-shopify-webhook-id")], eventType: [.header("x-shopify-topic")],
            .recipe(SignatureRecipe(place: .header("x-shopify-hmac-sha256"), encoding: .base64)))
    ]
    static let square = [
        SignatureScheme(
            "hmac256-b64-url+body", also: ["sha256"], id: [.json("/event_id")], eventType: [.json("/type")],
            .recipe(
                SignatureRecipe(
                    place: .header("x-square-hmacsha256-signature"), encoding: .base64, content: [.url, .body]))),
        SignatureScheme(
            "hmac1-b64-url+body", also: ["sha1", "legacy"], id: [.json("/event_id")], eventType: [.json("/type")],
            .recipe(
                SignatureRecipe(
                    algorithm: .hmac(.sha1), place: .header("x-square-signature"), encoding: .base64, content: [.url, .body]))),
    ]
    static let stripe = [
        SignatureScheme(
            "t/v1", also: ["v1", "t,v1"], tolerance: 300, id: [.json("/id")], eventType: [.json("/type")],
            // The secret's text with its whsec_ is the key. The official library asks for age only.
            .recipe(
                SignatureRecipe(
                    place: .list(header: "stripe-signature", separator: ",", assign: "=", key: "v1"),
                    content: [.timestamp, .literal("."), .body], time: TimeRule(place: .parameter("t"), acceptsFuture: true))))
    ]
    private static let tossID: [ValuePlace] = [.header("tosspayments-webhook-transmission-id")]
    static let tossPayments = [
        SignatureScheme(
            "v1:body:time", also: ["v1", "signature"], id: tossID, eventType: [.json("/eventType")],
            .recipe(
                SignatureRecipe(
                    key: .hexOrUTF8,
                    place: .list(header: "tosspayments-webhook-signature", separator: ",", assign: ":", key: "v1"),
                    encoding: .base64, content: [.body, .literal(":"), .timestamp],
                    time: TimeRule(place: .header("tosspayments-webhook-transmission-time"), unit: .rfc3339)))),
        SignatureScheme(
            "body-secret", also: ["deposit-callback"], grade: .sharedSecretInBody, id: tossID, eventType: [.json("/status")],
            .token(.json(JSONPointer(constant: "/secret")))),
        SignatureScheme(
            "unsigned", grade: .unverified, id: tossID, eventType: [.json("/eventType")],
            .unsigned(refetch: "GET /v1/payments/{paymentKey}", unlessType: ["payout.changed", "seller.changed"])),
    ]
    static let tossPlace = [
        SignatureScheme(
            "v1=hex ts.body", also: ["v1"], tolerance: 300, id: [.header("x-toss-webhook-id"), .json("/id")],
            eventType: [.json("/type")],
            .recipe(
                SignatureRecipe(
                    place: .list(header: "x-toss-signature", separator: ",", assign: "=", key: "v1"),
                    content: [.timestamp, .literal("."), .body],
                    time: TimeRule(place: .header("x-toss-timestamp"), unit: .milliseconds))))
    ]
}
