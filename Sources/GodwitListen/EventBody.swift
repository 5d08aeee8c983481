import GodwitCore

/// A body in JSON: `"body":"text"`, or `"bodyBase64"` when it isn't UTF-8.
enum EventBody {
    /// nil when there is neither, or the base64 is none.
    static func read(_ json: JSONValue) -> [UInt8]? {
        if let text = json["body"]?.string { return Array(text.utf8) }
        return json["bodyBase64"]?.string.flatMap(decode)
    }

    static func write(_ body: [UInt8], to writer: inout JSONWriter) {
        if let text = String(validating: body, as: UTF8.self) {
            writer.field("body", text)
        } else {
            writer.field("bodyBase64", encode(body))
        }
    }

    // MARK: Base64 (RFC 4648 §4)

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        guard digits.count % 4 == 0 else { return nil }
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for digit in digits {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bytes
    }
}
