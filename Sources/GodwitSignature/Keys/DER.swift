/// As much of DER (X.690) as it takes to find a public key: in SubjectPublicKeyInfo, in a certificate, or in PKCS #1.
enum DER {
    struct Element {
        let tag: UInt8
        let content: ArraySlice<UInt8>
        /// With its tag and length.
        let whole: ArraySlice<UInt8>

        /// The elements inside; nil when they aren't well-formed.
        var children: [Element]? {
            var rest = content
            var elements: [Element] = []
            while !rest.isEmpty {
                // A certificate has eight elements at a level; a longer list is nothing that we look into.
                guard elements.count < 64, let element = DER.next(&rest) else { return nil }
                elements.append(element)
            }
            return elements
        }
    }

    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let objectIdentifier: UInt8 = 0x06
    static let sequence: UInt8 = 0x30

    static func next(_ bytes: inout ArraySlice<UInt8>) -> Element? {
        let start = bytes.startIndex
        guard bytes.count >= 2 else { return nil }
        let tag = bytes[start]
        var length = Int(bytes[start + 1])
        var header = 2
        if length >= 0x80 {
            let count = length & 0x7F
            guard (1...4).contains(count), bytes.count >= 2 + count else { return nil }
            length = bytes[start + 2..<start + 2 + count].reduce(0) { $0 << 8 | Int($1) }
            header += count
        }
        guard bytes.count - header >= length else { return nil }
        let end = start + header + length
        defer { bytes = bytes[end...] }
        return Element(tag: tag, content: bytes[start + header..<end], whole: bytes[start..<end])
    }

    static func single(_ bytes: [UInt8]) -> Element? {
        var rest = bytes[...]
        guard let element = next(&rest), rest.isEmpty else { return nil }
        return element
    }

    /// The SubjectPublicKeyInfo in a certificate (RFC 5280 §4.1).
    static func publicKeyInfo(inCertificate bytes: [UInt8]) -> [UInt8]? {
        guard
            let parts = single(bytes)?.children, parts.count == 3, parts[0].tag == sequence,
            var fields = parts[0].children
        else { return nil }
        // The version stands in front of the serial number, but for certificates of the first version.
        if fields.first?.tag == 0xA0 { fields.removeFirst() }
        guard fields.count >= 6, fields[0].tag == integer, fields[5].tag == sequence else { return nil }
        return Array(fields[5].whole)
    }
}

/// The text form of keys and certificates (RFC 7468).
enum PEM {
    /// The label and the bytes of the first block; nil when the text isn't of that form.
    static func firstBlock(_ text: some StringProtocol) -> (label: String, bytes: [UInt8])? {
        guard let begin = text.firstRange(of: "-----BEGIN "), let labelEnd = text[begin.upperBound...].firstRange(of: "-----")
        else { return nil }
        let label = String(text[begin.upperBound..<labelEnd.lowerBound])
        guard let end = text[labelEnd.upperBound...].firstRange(of: "-----END \(label)-----") else { return nil }
        let digits = text[labelEnd.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
        guard let bytes = Base64.decode(String(digits), padding: .optional) else { return nil }
        return (label, bytes)
    }
}
