/// An IPv4 or IPv6 address, as a number.
package enum IPAddress: Hashable, Sendable {
    /// Most significant octet first: 10.0.0.1 is 0x0A00_0001.
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Reads canonical text only: four decimal octets without leading zeros, or RFC 4291 §2.2 without a zone. Everything that
    /// `inet_aton` would also take (`0x7f.1`, `2130706433`, `127.1`) is nil, since readers disagree about what it means.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard let address = Self.parseV4(bytes[...]).map(IPAddress.v4) ?? Self.parseV6(bytes[...]) else { return nil }
        self = address
    }

    /// The 4 or 16 bytes in network order; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        func number(_ part: some Sequence<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self = .v4(UInt32(truncatingIfNeeded: number(bytes)))
        case 16: self = .v6(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
        default: return nil
        }
    }

    /// 4 or 16 bytes in network order.
    package var bytes: [UInt8] {
        func octets(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return switch self {
        case .v4(let value): octets(UInt64(value), 4)
        case .v6(let high, let low): octets(high, 8) + octets(low, 8)
        }
    }

    /// An IPv4-mapped address (`::ffff:10.0.0.1`) reaches the same host as the IPv4 address inside; this is that address.
    package var unmapped: IPAddress {
        switch self {
        case .v6(high: 0, let low) where low >> 32 == 0xFFFF: .v4(UInt32(truncatingIfNeeded: low))
        case .v4, .v6: self
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// IPv6 as RFC 5952 wants it: lower case, the longest run of zero groups shortened, IPv4-mapped addresses in mixed notation.
    package var description: String {
        switch self {
        case .v4(let value):
            return [24, 16, 8, 0].map { String(value >> $0 & 0xFF) }.joined(separator: ".")
        case .v6(let high, let low):
            if case .v4 = unmapped { return "::ffff:\(unmapped)" }
            let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> $0) } }
            let zeros = Self.longestZeroRun(groups)
            func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
            guard zeros.count > 1 else { return text(groups[...]) }
            return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
        }
    }

    /// The first one of several equally long runs (RFC 5952 §4.2.3).
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        return longest
    }
}

extension IPAddress {
    private static func parseV4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let octets = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard octets.count == 4 else { return nil }
        var value: UInt32 = 0
        for octet in octets {
            guard (1...3).contains(octet.count), octet.count == 1 || octet.first != UInt8(ascii: "0") else { return nil }
            var number: UInt32 = 0
            for byte in octet {
                guard (0x30...0x39).contains(byte) else { return nil }
                number = number * 10 + UInt32(byte - 0x30)
            }
            guard number < 256 else { return nil }
            value = value << 8 | number
        }
        return value
    }

    private static func parseV6(_ bytes: ArraySlice<UInt8>) -> IPAddress? {
        let colon = UInt8(ascii: ":")
        var rest = bytes
        var groups: [UInt64] = []
        var gap: Int?
        if rest.starts(with: [colon, colon]) {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let piece = rest.prefix { $0 != colon }
            rest = rest[piece.endIndex...]
            if rest.isEmpty, piece.contains(UInt8(ascii: ".")) {
                guard let value = parseV4(piece) else { return nil }
                groups += [UInt64(value >> 16), UInt64(value & 0xFFFF)]
                break
            }
            guard let group = hexadecimalGroup(piece), groups.count < 8 else { return nil }
            groups.append(group)
            guard !rest.isEmpty else { break }
            rest = rest.dropFirst()
            if rest.first == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        func half(_ part: ArraySlice<UInt64>) -> UInt64 { part.reduce(0) { $0 << 16 | $1 } }
        return .v6(high: half(groups[..<4]), low: half(groups[4...]))
    }

    private static func hexadecimalGroup(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        guard (1...4).contains(bytes.count) else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt64(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt64(byte - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
