import GodwitCore
import GodwitSignature

/// What is unusual and yet right.
extension CheckCase {
    static let acceptance = [
        CheckCase(
            "rotation", "accepts when any of several signatures is right", .accepts,
            remedy: "Split webhook-signature at spaces and accept if one item matches: during a rotation there are several.",
            { context throws(SigningError) in
                let probe = try context.genuine("rotation")
                let other = try context.signed(probe.id, probe.body, by: context.settings.stranger)
                return [probe.with("webhook-signature", "\(other.signature) v9,AAAA \(probe.signature)")]
            }),
        CheckCase(
            "header-case", "finds headers whatever their case", .accepts,
            remedy: "Look headers up without regard to case (RFC 9110 §5.1): proxies change it.",
            { context throws(SigningError) in
                var probe = try context.genuine("header-case")
                probe.headers = probe.headers.map { header in
                    let words = header.name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
                    return CheckProbe.Header(words.joined(separator: "-"), header.value)
                }
                return [probe]
            }),
        CheckCase(
            "exact-bytes", "verifies the bytes as they came", .accepts,
            remedy: "Verify over the raw body. Whoever parses it and writes it again loses spaces, 5000.0 and escapes.",
            { context throws(SigningError) in
                let event = context.event(
                    "exact-bytes",
                    adding: [JSONValue.Member("amount", .number("5000.0")), JSONValue.Member("z", .number("1e2"))])
                let indented = String(decoding: JSONLayout.indented.text(event), as: UTF8.self)
                // The same value to a parser, other bytes to a signature.
                let escaped = indented.replacing("exact-bytes", with: "e\\u0078act-bytes")
                return [try context.signed(context.id("exact-bytes"), Array(" \(escaped) \r\n".utf8))]
            }),
        CheckCase(
            "large-body", "accepts a large body", .accepts,
            remedy: "Raise the limit of the body in your framework, and in the proxy before it, to what your events may need.",
            { context throws(SigningError) in
                let empty = context.event("large-body", adding: [JSONValue.Member("padding", .string(""))])
                let missing = max(0, context.settings.largeBytes - JSONLayout.compact.text(empty).count)
                let padding = String(repeating: "0123456789abcdef", count: missing / 16 + 1).prefix(missing)
                let event = context.event("large-body", adding: [JSONValue.Member("padding", .string(String(padding)))])
                return [try context.signed(context.id("large-body"), JSONLayout.compact.text(event))]
            }),
        CheckCase(
            "unicode-body", "accepts text of every script", .accepts,
            remedy: "Keep the body as bytes until it is verified; don't decode it, normalise it or strip anything from it.",
            { context throws(SigningError) in
                // Both normal forms of the same syllable, astral characters, a joiner, separators that JavaScript took for
                // line ends, a byte order mark inside, and an escaped pair of surrogates.
                let text = "결제 승인 \u{1100}\u{1161} 가 🦢👩‍💻 𠮷 é e\u{301} \u{2028}\u{2029} \u{FEFF} عربى"
                let event = context.event("unicode-body", adding: [JSONValue.Member("text", .string(text))])
                let compact = String(decoding: JSONLayout.compact.text(event), as: UTF8.self)
                let body = compact.replacing("🦢", with: "🦢\\ud83e\\udda2")
                return [try context.signed(context.id("unicode-body"), Array(body.utf8))]
            }),
    ]
}

extension CheckProbe {
    var signature: String { headers.first { $0.name == "webhook-signature" }?.value ?? "" }
}
