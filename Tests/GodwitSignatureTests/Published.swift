import GodwitSignature
import Testing

/// Webhooks whose signatures were published with the specification's reference libraries, or asserted in their tests.
struct Published: Sendable, CustomTestStringConvertible {
    var name: String
    var key: String
    var id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
    var timestamp = "1674087231"
    var body = Array(
        #"{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}"#
            .utf8)
    var signature: String

    var testDescription: String { name }
    var seconds: Int64 { Int64(timestamp) ?? 0 }

    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    static let ed25519Secret =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
    static let ed25519PublicKey = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="

    static let example = Published(
        name: "example of the specification", key: secret, signature: "v1,ARw42xaAApl/nxRo+iPGYwSaMQaOwMo2eyH5JBRA+bQ=")
    static let ed25519Example = Published(
        name: "Ed25519 over the example", key: ed25519PublicKey,
        signature: "v1a,LvaM/XV2eiveYbh3nDJB9CFU6SgUQsSFO7Nz5u3M+PUesso2vWw2zj6zoee2ijOae0RluTX9xaoEs9uSSJ/uDg==")

    static let all: [Published] = [
        example,
        Published(
            name: "constant of the libraries' tests", key: otherSecret, id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            timestamp: "1649367553", body: Array(#"{"email":"test@example.com","username":"test_user"}"#.utf8),
            signature: "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="),
        Published(
            name: "key of 64 bytes",
            key: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
            signature: "v1,9LtGxwbZoGrF8oS2FH4IGhfQpdLVQZEa0OR1k5rX7yE="),
        Published(name: "empty body", key: secret, body: [], signature: "v1,A5hMMR9P/3wRdDlYQIpfU6eGBMB4KECXzx5EMRv7TBg="),
        Published(
            name: "body with full stops and line ends", key: secret, body: Array("a.b.c\r\n.\n".utf8),
            signature: "v1,JFZmSZ9HrmQlCU9QrxssvnzrCBKzr39phM4IEvxaRhE="),
        Published(
            name: "body that isn't UTF-8", key: secret, body: [0xFF, 0xFE, 0x00, 0x80],
            signature: "v1,3+svliJ7N9+/IlBjED80ctDvNH1d2PU83C03hgVv4Bs="),
        Published(
            name: "body in Korean", key: secret, body: Array(#"{"name":"한글 — 🎉","emoji":"\ud83d\ude00"}"#.utf8),
            signature: "v1,XPQE7g6BpfiW7yusuk10bOSjPDyxJBYoPDIQHmxhxPU="),
        ed25519Example,
        Published(
            name: "Ed25519 constant of a server's tests", key: ed25519PublicKey, id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: "1614265330", body: Array(#"{"test": 2432232314}"#.utf8),
            signature: "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="),
    ]

    /// The secret behind `key`.
    var signingSecret: SigningSecret {
        get throws { try SigningSecret(key == Self.ed25519PublicKey ? Self.ed25519Secret : key) }
    }

    func verified(at now: Int64? = nil) throws -> VerifiedWebhook {
        try WebhookVerifier(keys: [VerificationKey(key)])
            .verify(id: id, timestamp: timestamp, signatureHeader: signature, body: body, at: now ?? seconds)
    }
}
