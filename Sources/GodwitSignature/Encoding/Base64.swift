/// Base64 with the standard alphabet (RFC 4648 §4), for bytes that become part of a header or a secret.
package enum Base64 {
    package enum Padding: Sendable {
        case required
        /// Absent altogether or complete; never in part.
        case optional
    }

    /// Appends the encoded bytes, with padding.
    package static func encode(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
        var index = 0
        while index + 3 <= bytes.count {
            let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            text.append(digit(group >> 18))
            text.append(digit(group >> 12))
            text.append(digit(group >> 6))
            text.append(digit(group))
            index += 3
        }
        switch bytes.count - index {
        case 1:
            let group = UInt32(bytes[index]) << 16
            text.append(digit(group >> 18))
            text.append(digit(group >> 12))
            text.append(UInt8(ascii: "="))
            text.append(UInt8(ascii: "="))
        case 2:
            let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8
            text.append(digit(group >> 18))
            text.append(digit(group >> 12))
            text.append(digit(group >> 6))
            text.append(UInt8(ascii: "="))
        default: break
        }
    }

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        encode(bytes.span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for any byte outside the alphabet, for wrong padding, and for a last digit with bits that no byte has:
    ///   each sequence of bytes has one text, so that a changed text is a changed value.
    package static func decode(_ text: some StringProtocol, padding: Padding) -> [UInt8]? {
        var digits = Array(text.utf8)[...]
        let count = digits.count
        while digits.last == UInt8(ascii: "="), count - digits.count < 2 { digits.removeLast() }
        switch padding {
        case .required: guard count % 4 == 0 else { return nil }
        case .optional: guard count % 4 == 0 || digits.count == count else { return nil }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(digit) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        // Six bits left over are a lone digit, which is no byte; two or four must be zero.
        guard bitCount < 6, bits & ((1 << UInt32(bitCount)) - 1) == 0 else { return nil }
        return bytes
    }

    /// The alphabet for URLs without padding (RFC 4648 §5), as in JSON Web Tokens.
    package static func decodeURLSafe(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") }) else {
            return nil
        }
        let standard = text.utf8.map { digit -> UInt8 in
            switch digit {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: digit
            }
        }
        return decode(String(decoding: standard, as: UTF8.self), padding: .optional)
    }

    /// As `decodeURLSafe` reads it.
    package static func encodeURLSafe(_ bytes: [UInt8]) -> String {
        let standard = encode(bytes).utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: digit
            }
        }
        return String(decoding: standard, as: UTF8.self)
    }

    private static func digit(_ sextet: UInt32) -> UInt8 {
        switch UInt8(truncatingIfNeeded: sextet & 0x3F) {
        case let value where value < 26: UInt8(ascii: "A") + value
        case let value where value < 52: UInt8(ascii: "a") + value - 26
        case let value where value < 62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
