/// The wire form of identifiers: base62 over `0-9A-Za-z`, most significant digit first, 27 digits for 20 bytes.
extension Identifier: CustomStringConvertible, LosslessStringConvertible {
    static var digitCount: Int { 27 }

    package var description: String {
        unsafe String(unsafeUninitializedCapacity: Kind.prefix.utf8CodeUnitCount + Self.digitCount) { bytes in
            unsafe write(to: bytes)
        }
    }

    /// `nil` unless the text is exactly the prefix and 27 digits whose value fits 20 bytes.
    package init?(_ text: String) {
        var text = text
        let parsed = text.withUTF8 { unsafe Self.parse($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Bytes of the wire form.
    package var utf8: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Kind.prefix.utf8CodeUnitCount + Self.digitCount) { bytes, count in
            count = unsafe write(to: bytes)
        }
    }

    private func write(to bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let prefixCount = Kind.prefix.utf8CodeUnitCount
        Kind.prefix.withUTF8Buffer { prefix in
            for index in 0..<prefixCount { unsafe bytes[index] = prefix[index] }
        }
        // Five 32-bit words, divided by 62^5 at a time: 5 digits a round.
        var words: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
            UInt32(truncatingIfNeeded: key >> 31),
            // Unit (8 bits), then suffix (24 bits, of which the key uses 23).
            UInt32(truncatingIfNeeded: ((key >> TimeKey.suffixBits) & 0xFF) << 24 | (key & 0x7F_FFFF)),
            UInt32(truncatingIfNeeded: nonce.high >> 32),
            UInt32(truncatingIfNeeded: nonce.high),
            nonce.low
        )
        var position = prefixCount + Self.digitCount
        while position > prefixCount {
            var remainder: UInt64 = 0
            let divisor: UInt64 = 916_132_832  // 62^5
            func divide(_ word: inout UInt32) {
                let value = remainder << 32 | UInt64(word)
                word = UInt32(truncatingIfNeeded: value / divisor)
                remainder = value % divisor
            }
            divide(&words.0)
            divide(&words.1)
            divide(&words.2)
            divide(&words.3)
            divide(&words.4)
            var chunk = remainder
            for _ in 0..<min(5, position - prefixCount) {
                position -= 1
                unsafe bytes[position] = Self.digit(UInt8(chunk % 62))
                chunk /= 62
            }
        }
        return prefixCount + Self.digitCount
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Self? {
        let prefixCount = Kind.prefix.utf8CodeUnitCount
        guard bytes.count == prefixCount + digitCount else { return nil }
        let matches = Kind.prefix.withUTF8Buffer { prefix in
            (0..<prefixCount).allSatisfy { unsafe prefix[$0] == bytes[$0] }
        }
        guard matches else { return nil }
        var words: [UInt32] = [0, 0, 0, 0, 0]
        for index in prefixCount..<bytes.count {
            guard var carry = unsafe value(bytes[index]) else { return nil }
            for word in words.indices.reversed() {
                let product = UInt64(words[word]) * 62 + carry
                words[word] = UInt32(truncatingIfNeeded: product)
                carry = product >> 32
            }
            guard carry == 0 else { return nil }
        }
        // Keys are positive and number 23 bits within a unit; other values were never issued.
        guard words[0] >> 31 == 0, words[1] & 0x80_0000 == 0 else { return nil }
        let key = Int64(words[0]) << 31 | Int64(words[1] >> 24) << TimeKey.suffixBits | Int64(words[1] & 0x7F_FFFF)
        return Self(key: key, nonce: Nonce(high: UInt64(words[2]) << 32 | UInt64(words[3]), low: words[4]))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<10: UInt8(ascii: "0") + value
        case 10..<36: UInt8(ascii: "A") + value - 10
        default: UInt8(ascii: "a") + value - 36
        }
    }

    private static func value(_ digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(digit - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(digit - UInt8(ascii: "a")) + 36
        default: nil
        }
    }
}
