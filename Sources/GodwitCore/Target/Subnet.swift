/// A range of addresses in CIDR notation: `10.0.0.0/8`, `fd00::/8`.
package struct Subnet: Hashable, Sendable {
    package let base: IPAddress
    /// Leading bits that are compared: 0...32 for IPv4, 0...128 for IPv6.
    package let length: Int

    /// nil when the length doesn't fit the family, or bits are set beyond it: whoever writes `10.1.2.3/8` may mean either, and
    /// one of the two readings opens sixteen million addresses too many.
    package init?(base: IPAddress, length: Int) {
        let bits = base.bytes.count * 8
        guard (0...bits).contains(length) else { return nil }
        self.base = base
        self.length = length
        guard Self.masked(base, to: length) == base else { return nil }
    }

    /// `address/length`, or an address alone, which is the range of that one address.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let base = IPAddress(first) else { return nil }
        guard parts.count == 2 else {
            self.init(base: base, length: base.bytes.count * 8)
            return
        }
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(parts[1])
        else { return nil }
        self.init(base: base, length: length)
    }

    /// An address of the other family is never contained.
    package func contains(_ address: IPAddress) -> Bool { Self.masked(address, to: length) == base }

    private static func masked(_ address: IPAddress, to length: Int) -> IPAddress {
        // Swift's smart shift gives 0 when the whole width is shifted out.
        switch address {
        case .v4(let value):
            .v4(value & ~(UInt32.max >> length))
        case .v6(let high, let low):
            .v6(high: high & ~(UInt64.max >> length), low: low & ~(UInt64.max >> max(0, length - 64)))
        }
    }
}

extension Subnet: CustomStringConvertible {
    package var description: String { "\(base)/\(length)" }
}
