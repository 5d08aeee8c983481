import Crypto

/// What a signature covers: `<webhook-id>.<webhook-timestamp>.<body>`, byte for byte.
struct SignedContent {
    /// Everything in front of the body.
    private var head: [UInt8] = []

    init(id: Span<UInt8>, timestampSeconds: Int64) {
        head.reserveCapacity(id.count + 24)
        unsafe id.withUnsafeBufferPointer { unsafe head.append(contentsOf: $0) }
        head.append(UInt8(ascii: "."))
        var digits = String(timestampSeconds)
        digits.withUTF8 { unsafe head.append(contentsOf: $0) }
        head.append(UInt8(ascii: "."))
    }

    /// - Parameter timestamp: as it was received: a signature covers the text, not the number.
    init(id: String, timestamp: String) {
        head = Array(id.utf8) + [UInt8(ascii: ".")] + Array(timestamp.utf8) + [UInt8(ascii: ".")]
    }

    /// - Parameter keyed: has taken in the key and nothing else.
    func authenticate(body: Span<UInt8>, with keyed: HMAC<SHA256>) -> HMAC<SHA256>.MAC {
        var authenticator = keyed
        authenticator.update(data: head)
        unsafe body.withUnsafeBytes { unsafe authenticator.update(data: $0) }
        return authenticator.finalize()
    }

    /// For Ed25519, which reads its message twice.
    func joined(with body: Span<UInt8>) -> [UInt8] {
        var message = head
        unsafe body.withUnsafeBufferPointer { unsafe message.append(contentsOf: $0) }
        return message
    }
}

/// The first part of an item in `webhook-signature`.
enum SignatureVersion: String {
    /// HMAC-SHA256
    case v1
    /// Ed25519
    case v1a

    /// With the comma.
    var itemPrefix: [UInt8] { Array("\(rawValue),".utf8) }
}
