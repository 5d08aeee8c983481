/// What an address is for, so far as it matters to a server that connects wherever its users say. Everything but
/// `publicUnicast` is refused unless the policy says otherwise; see `TargetPolicy`.
package enum AddressVerdict: String, Hashable, Sendable, CaseIterable {
    case publicUnicast = "public"
    case thisNetwork = "this_network"
    case privateUse = "private"
    case loopback
    case carrierGradeNAT = "carrier_grade_nat"
    case linkLocal = "link_local"
    case cloudMetadata = "cloud_metadata"
    case protocolAssignments = "protocol_assignments"
    case documentation
    case relay6to4 = "6to4_relay"
    case benchmarking
    case multicast
    case reserved
    case broadcast
    case unspecified
    case localNAT64 = "local_nat64"
    case discardOnly = "discard_only"
    case teredo
    case orchid
    case tunnel6to4 = "6to4"
    case uniqueLocal = "unique_local"
    case siteLocal = "site_local"
    case segmentRouting = "segment_routing"

    /// An IPv6 address that carries an IPv4 address is judged as what it carries, since that is where the packets go.
    package init(_ address: IPAddress) {
        switch address {
        case .v4(let value): self = Self.judge(value)
        case .v6(let high, let low): self = Self.judge(high, low)
        }
    }

    private static func judge(_ address: UInt32) -> AddressVerdict {
        specialV4.first { (address ^ $0.base) >> (32 - $0.length) == 0 }?.verdict ?? .publicUnicast
    }

    private static func judge(_ high: UInt64, _ low: UInt64) -> AddressVerdict {
        switch (high, low) {
        case (0, 0): return .unspecified
        case (0, 1): return .loopback
        // ::ffff:0:0/96 IPv4-mapped and ::/96 IPv4-compatible (RFC 4291 §2.5.5).
        case (0, let low) where low >> 32 == 0xFFFF || low >> 32 == 0:
            return judge(UInt32(truncatingIfNeeded: low))
        // 64:ff9b::/96 NAT64 (RFC 6052): an IPv6-only network reaches the IPv4 internet this way.
        case (0x0064_FF9B_0000_0000, let low) where low >> 32 == 0:
            return judge(UInt32(truncatingIfNeeded: low))
        // 2002::/16 6to4 (RFC 3056, withdrawn by RFC 7526): refused in any case, but the address inside names the better reason.
        case (let high, _) where high >> 48 == 0x2002:
            let carried = judge(UInt32(truncatingIfNeeded: high >> 16))
            return carried == .publicUnicast ? .tunnel6to4 : carried
        // Metadata services of AWS and Google Cloud on IPv6; no prefix of a standard, so named one by one.
        case (0xFD00_0EC2_0000_0000, 0x254), (0xFD20_00CE_0000_0000, 0x254):
            return .cloudMetadata
        default:
            if let special = specialV6.first(where: { (high ^ $0.base) >> (64 - $0.length) == 0 }) { return special.verdict }
            // Only 2000::/3 was ever given out as global unicast (RFC 4291 §2.4).
            return high >> 61 == 1 ? .publicUnicast : .reserved
        }
    }

    /// The first match counts, so single addresses come before the range that holds them.
    private static let specialV4: [(base: UInt32, length: UInt32, verdict: AddressVerdict)] = [
        (0xA9FE_A9FE, 32, .cloudMetadata),  // 169.254.169.254, the metadata service of most clouds
        (0x6464_64C8, 32, .cloudMetadata),  // 100.100.100.200, Alibaba Cloud
        (0xC000_00C0, 32, .cloudMetadata),  // 192.0.0.192, Oracle Cloud
        (0xA83F_8110, 32, .cloudMetadata),  // 168.63.129.16, Azure: looks public, answers from inside the host
        (0x0000_0000, 8, .thisNetwork),  // 0.0.0.0/8, RFC 1122 §3.2.1.3; Linux connects 0.0.0.0 to itself
        (0x0A00_0000, 8, .privateUse),  // 10.0.0.0/8, RFC 1918
        (0xAC10_0000, 12, .privateUse),  // 172.16.0.0/12, RFC 1918
        (0xC0A8_0000, 16, .privateUse),  // 192.168.0.0/16, RFC 1918
        (0x7F00_0000, 8, .loopback),  // 127.0.0.0/8, RFC 1122 §3.2.1.3
        (0x6440_0000, 10, .carrierGradeNAT),  // 100.64.0.0/10, RFC 6598
        (0xA9FE_0000, 16, .linkLocal),  // 169.254.0.0/16, RFC 3927
        (0xC000_0000, 24, .protocolAssignments),  // 192.0.0.0/24, RFC 6890
        (0xC000_0200, 24, .documentation),  // 192.0.2.0/24, RFC 5737
        (0xC633_6400, 24, .documentation),  // 198.51.100.0/24, RFC 5737
        (0xCB00_7100, 24, .documentation),  // 203.0.113.0/24, RFC 5737
        (0xC058_6300, 24, .relay6to4),  // 192.88.99.0/24, RFC 7526
        (0xC612_0000, 15, .benchmarking),  // 198.18.0.0/15, RFC 2544
        (0xE000_0000, 4, .multicast),  // 224.0.0.0/4, RFC 5771
        (0xFFFF_FFFF, 32, .broadcast),  // 255.255.255.255, RFC 919
        (0xF000_0000, 4, .reserved),  // 240.0.0.0/4, RFC 1112 §4
    ]

    /// Prefixes of at most 64 bits, given by their upper half.
    private static let specialV6: [(base: UInt64, length: UInt64, verdict: AddressVerdict)] = [
        (0x0064_FF9B_0001_0000, 48, .localNAT64),  // 64:ff9b:1::/48, RFC 8215
        (0x0100_0000_0000_0000, 64, .discardOnly),  // 100::/64, RFC 6666
        (0x2001_0000_0000_0000, 32, .teredo),  // 2001::/32, RFC 4380
        (0x2001_0010_0000_0000, 28, .orchid),  // 2001:10::/28, RFC 4843
        (0x2001_0020_0000_0000, 28, .orchid),  // 2001:20::/28, RFC 7343
        (0x2001_0000_0000_0000, 23, .protocolAssignments),  // 2001::/23, RFC 2928: the rest of it
        (0x2001_0DB8_0000_0000, 32, .documentation),  // 2001:db8::/32, RFC 3849
        (0x3FFF_0000_0000_0000, 20, .documentation),  // 3fff::/20, RFC 9637
        (0x5F00_0000_0000_0000, 16, .segmentRouting),  // 5f00::/16, RFC 9602
        (0xFC00_0000_0000_0000, 7, .uniqueLocal),  // fc00::/7, RFC 4193
        (0xFE80_0000_0000_0000, 10, .linkLocal),  // fe80::/10, RFC 4291 §2.5.6
        (0xFEC0_0000_0000_0000, 10, .siteLocal),  // fec0::/10, RFC 3879
        (0xFF00_0000_0000_0000, 8, .multicast),  // ff00::/8, RFC 4291 §2.7
    ]
}
