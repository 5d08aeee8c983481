import GodwitCore
import Testing

/// Every textual form of an address that has been used to get a server to talk to its own network.
struct AddressVerdictTests {
    static let corpus: [(String, AddressVerdict)] = [
        ("8.8.8.8", .publicUnicast), ("1.1.1.1", .publicUnicast), ("223.255.255.255", .publicUnicast),
        ("9.255.255.255", .publicUnicast), ("11.0.0.0", .publicUnicast), ("172.15.255.255", .publicUnicast),
        ("172.32.0.0", .publicUnicast), ("192.167.255.255", .publicUnicast), ("192.169.0.0", .publicUnicast),
        ("100.63.255.255", .publicUnicast), ("100.128.0.0", .publicUnicast), ("126.255.255.255", .publicUnicast),
        ("128.0.0.0", .publicUnicast), ("169.253.255.255", .publicUnicast), ("169.255.0.0", .publicUnicast),
        ("198.17.255.255", .publicUnicast), ("198.20.0.0", .publicUnicast), ("192.0.1.0", .publicUnicast),
        ("0.0.0.0", .thisNetwork), ("0.1.2.3", .thisNetwork), ("0.255.255.255", .thisNetwork),
        ("10.0.0.0", .privateUse), ("10.255.255.255", .privateUse), ("172.16.0.0", .privateUse),
        ("172.31.255.255", .privateUse),
        ("192.168.0.0", .privateUse), ("192.168.255.255", .privateUse),
        ("127.0.0.1", .loopback), ("127.255.255.254", .loopback),
        ("100.64.0.0", .carrierGradeNAT), ("100.127.255.255", .carrierGradeNAT),
        ("169.254.0.1", .linkLocal), ("169.254.255.255", .linkLocal),
        ("169.254.169.254", .cloudMetadata), ("100.100.100.200", .cloudMetadata), ("192.0.0.192", .cloudMetadata),
        ("168.63.129.16", .cloudMetadata), ("fd00:ec2::254", .cloudMetadata), ("fd20:ce::254", .cloudMetadata),
        ("192.0.0.0", .protocolAssignments), ("192.0.0.255", .protocolAssignments),
        ("192.0.2.1", .documentation), ("198.51.100.1", .documentation), ("203.0.113.255", .documentation),
        ("192.88.99.1", .relay6to4), ("198.18.0.0", .benchmarking), ("198.19.255.255", .benchmarking),
        ("224.0.0.1", .multicast), ("239.255.255.255", .multicast), ("240.0.0.0", .reserved), ("255.255.255.254", .reserved),
        ("255.255.255.255", .broadcast),
        ("::", .unspecified), ("::1", .loopback), ("0:0:0:0:0:0:0:1", .loopback),
        // IPv4 inside IPv6
        ("::ffff:127.0.0.1", .loopback), ("::ffff:7f00:1", .loopback), ("::ffff:169.254.169.254", .cloudMetadata),
        ("::ffff:10.0.0.1", .privateUse), ("::ffff:0.0.0.0", .thisNetwork), ("::ffff:8.8.8.8", .publicUnicast),
        ("::127.0.0.1", .loopback), ("::10.0.0.1", .privateUse), ("::2", .thisNetwork),
        ("64:ff9b::127.0.0.1", .loopback), ("64:ff9b::a9fe:a9fe", .cloudMetadata), ("64:ff9b::8.8.8.8", .publicUnicast),
        ("64:ff9b:1::1", .localNAT64), ("64:ff9b:1:ffff::", .localNAT64), ("64:ff9b:2::", .reserved),
        ("64:ff9b::1:0:0", .reserved), ("2002:7f00:1::", .loopback), ("2002:a9fe:a9fe::1", .cloudMetadata),
        ("2002:808:808::1", .tunnel6to4), ("::ffff:0:127.0.0.1", .reserved),
        // IPv6's own
        ("100::1", .discardOnly), ("100:0:0:1::", .reserved), ("2001::1", .teredo), ("2001:0:ffff::", .teredo),
        ("2001:10::1", .orchid), ("2001:2f:ffff::", .orchid), ("2001:2::1", .protocolAssignments),
        ("2001:1ff:ffff::", .protocolAssignments), ("2001:200::1", .publicUnicast), ("2001:db8::1", .documentation),
        ("2001:db9::1", .publicUnicast), ("3fff:fff:ffff::", .documentation), ("3fff:1000::", .publicUnicast),
        ("2606:4700:4700::1111", .publicUnicast), ("2a00:1450:4001:800::200e", .publicUnicast), ("4000::1", .reserved),
        ("5f00::1", .segmentRouting), ("fc00::1", .uniqueLocal), ("fdff:ffff::1", .uniqueLocal), ("fe80::1", .linkLocal),
        ("febf:ffff::1", .linkLocal), ("fec0::1", .siteLocal), ("feff::1", .siteLocal), ("ff02::1", .multicast),
        ("ff00::", .multicast), ("fe00::1", .reserved),
    ]

    @Test("names what each address is for", arguments: corpus)
    func verdict(text: String, expected: AddressVerdict) throws {
        #expect(AddressVerdict(try #require(IPAddress(text))) == expected)
    }

    @Test("the strict policy permits what is public and nothing else", arguments: corpus)
    func strict(text: String, verdict: AddressVerdict) throws {
        #expect(TargetPolicy().permits(try #require(IPAddress(text))) == (verdict == .publicUnicast))
    }

    @Test("the development policy adds private networks, and never metadata, link-local or multicast", arguments: corpus)
    func development(text: String, verdict: AddressVerdict) throws {
        let added: Set<AddressVerdict> = [
            .publicUnicast, .privateUse, .loopback, .carrierGradeNAT, .uniqueLocal, .siteLocal, .benchmarking,
        ]
        #expect(TargetPolicy(allowPrivate: true).permits(try #require(IPAddress(text))) == added.contains(verdict))
    }

    @Test(
        "an allowed subnet permits its own addresses, also when written as IPv4-mapped",
        arguments: [
            ("10.1.2.3", true), ("::ffff:10.1.2.3", true), ("10.2.0.0", false), ("64:ff9b::10.1.2.3", false),
            ("169.254.169.254", false), ("fd12::5", true), ("fd13::5", false), ("127.0.0.1", false), ("8.8.8.8", true),
        ])
    func allowedSubnets(text: String, permitted: Bool) throws {
        let policy = TargetPolicy(allowedSubnets: [try #require(Subnet("10.1.0.0/16")), try #require(Subnet("fd12::/16"))])
        #expect(policy.permits(try #require(IPAddress(text))) == permitted)
    }
}
