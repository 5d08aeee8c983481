import GodwitCore
import Testing

struct IPAddressTests {
    @Test(
        "reads canonical text and prints it as RFC 5952 wants",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("10.0.0.1", "10.0.0.1"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::A", "2001:db8::a"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("0:0:0:0:0:0:0:1", "::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
            ("::ffff:a00:1", "::ffff:10.0.0.1"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("fe80:0:0:0:1:0:0:0", "fe80::1:0:0:0"),
            ("1:0:0:4:5:0:0:8", "1::4:5:0:0:8"),
        ])
    func canonical(text: String, printed: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == printed)
        #expect(IPAddress(printed) == address)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(
        "refuses every other text, also those that inet_aton reads",
        arguments: [
            "", " ", "1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01", "1.2.3.4.5",
            "1.2.3.256", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4 ", "+1.2.3.4", "1.2.3.-4", "１.2.3.4", "1.2.3.4/32",
            ":", ":::", "1:", ":1", "1:::2", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::",
            "g::",
            "::1%eth0", "[::1]", "::1.2.3", "::1.2.3.04", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::/0",
        ])
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("counts other than 4 and 16 bytes are no address", arguments: [0, 1, 3, 5, 15, 17])
    func byteCounts(count: Int) {
        #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("only the IPv4-mapped form is unmapped")
    func unmapped() {
        #expect(IPAddress("::ffff:1.2.3.4")?.unmapped == IPAddress("1.2.3.4"))
        #expect(IPAddress("::1.2.3.4")?.unmapped == IPAddress("::1.2.3.4"))
        #expect(IPAddress("64:ff9b::1.2.3.4")?.unmapped == IPAddress("64:ff9b::1.2.3.4"))
    }
}

struct SubnetTests {
    @Test(
        "contains its first and last address, and not the neighbours",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("192.168.4.0/22", "192.168.4.0", "192.168.7.255", "192.168.3.255", "192.168.8.0"),
            ("203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.6", "203.0.113.8"),
            ("fd00::/8", "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fcff::", "fe00::"),
            ("2001:db8::/100", "2001:db8::", "2001:db8::fff:ffff", "2001:db7::", "2001:db8::1000:0"),
            ("2001:db8::1/128", "2001:db8::1", "2001:db8::1", "2001:db8::", "2001:db8::2"),
        ])
    func edges(range: String, first: String, last: String, before: String, after: String) throws {
        let subnet = try #require(Subnet(range))
        let addresses = try [first, last, before, after].map { try #require(IPAddress($0)) }
        #expect(addresses.map(subnet.contains) == [true, true, false, false])
    }

    @Test("a range of everything holds its own family only")
    func everything() throws {
        let all = try #require(Subnet("0.0.0.0/0"))
        #expect(all.contains(.v4(.max)))
        #expect(!all.contains(.v6(high: 0, low: 1)))
        #expect(try #require(Subnet("::/0")).contains(.v6(high: .max, low: .max)))
    }

    @Test(
        "refuses lengths that don't fit, and bits beyond the length",
        arguments: [
            "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "10.1.2.3/8", "::/129", "fd00::1/8", "example.com/8",
            "/8", "",
        ])
    func refused(text: String) {
        #expect(Subnet(text) == nil)
    }
}
