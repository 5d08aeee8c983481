/// The text that the contents of a JSON string stand for. The contents have been proved by `JSONScanner`.
enum JSONText {
    /// - Parameter contents: the bytes between the quotes.
    static func decode(_ bytes: Span<UInt8>, contents: Range<Int>) -> String {
        let contents = bytes.extracting(contents)
        for index in 0..<contents.count where contents[index] == UInt8(ascii: "\\") { return resolve(contents) }
        return unsafe contents.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private static func resolve(_ contents: Span<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(contents.count)
        var index = 0
        while index < contents.count {
            let byte = contents[index]
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                index += 1
                continue
            }
            if contents[index + 1] == UInt8(ascii: "u") {
                let (scalar, length) = scalar(contents, at: index)
                text.append(contentsOf: scalar.utf8)
                index += length
            } else {
                text.append(meaning(ofEscaped: contents[index + 1]))
                index += 2
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func meaning(ofEscaped byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: byte
        }
    }

    /// A surrogate without its pair has no text; U+FFFD stands in for it, as it does for any reader of UTF-8.
    private static func scalar(_ contents: Span<UInt8>, at index: Int) -> (Unicode.Scalar, length: Int) {
        let unit = codeUnit(contents, at: index)
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        let next = index + 6
        if unit < 0xDC00, next + 6 <= contents.count, contents[next] == UInt8(ascii: "\\"),
            contents[next + 1] == UInt8(ascii: "u")
        {
            let low = codeUnit(contents, at: next)
            if (0xDC00...0xDFFF).contains(low) {
                let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
                if let scalar = Unicode.Scalar(value) { return (scalar, 12) }
            }
        }
        return ("\u{FFFD}", 6)
    }

    private static func codeUnit(_ contents: Span<UInt8>, at index: Int) -> UInt16 {
        var unit: UInt16 = 0
        for digit in index + 2..<index + 6 { unit = unit << 4 | UInt16(hexValue(contents[digit]) ?? 0) }
        return unit
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
