import GodwitCore
import Testing

struct WebhookURLTests {
    @Test(
        "normalises scheme, host and port, and keeps path and query as they are",
        arguments: [
            ("https://example.com", "https://example.com/", "example.com", "/"),
            ("HTTPS://Example.COM/Path?Q=1", "https://example.com/Path?Q=1", "example.com", "/Path?Q=1"),
            ("https://example.com.:443/a", "https://example.com/a", "example.com", "/a"),
            ("http://example.com:80?x=%2f", "http://example.com/?x=%2f", "example.com", "/?x=%2f"),
            ("http://example.com:443/", "http://example.com:443/", "example.com:443", "/"),
            ("https://h:65535/%7Euser//../x;y=@:", "https://h:65535/%7Euser//../x;y=@:", "h:65535", "/%7Euser//../x;y=@:"),
            ("https://[2001:DB8:0:0::1]:8443/", "https://[2001:db8::1]:8443/", "[2001:db8::1]:8443", "/"),
            ("https://[::1]", "https://[::1]/", "[::1]", "/"),
            ("https://203.0.113.7./x", "https://203.0.113.7/x", "203.0.113.7", "/x"),
            ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
            (
                "http://my_service.internal:8080/hook", "http://my_service.internal:8080/hook", "my_service.internal:8080",
                "/hook"
            ),
            ("https://1.example/", "https://1.example/", "1.example", "/"),
            ("https://0x7f.com/", "https://0x7f.com/", "0x7f.com", "/"),
        ])
    func normalises(text: String, normalised: String, hostHeader: String, target: String) throws {
        let url = try WebhookURL(text)
        #expect(url.description == normalised)
        #expect(url.hostHeader == hostHeader)
        #expect(url.requestTarget == target)
        #expect(try WebhookURL(normalised) == url)
    }

    @Test(
        "refuses what two programs could read in two ways",
        arguments: [
            ("", WebhookURLError.unsupportedScheme), ("example.com/x", .unsupportedScheme),
            ("ftp://example.com", .unsupportedScheme),
            ("file:///etc/passwd", .unsupportedScheme), ("gopher://127.0.0.1", .unsupportedScheme),
            ("https:/x", .unsupportedScheme),
            (" https://example.com", .unsupportedScheme), ("https://", .missingHost), ("https:///path", .missingHost),
            ("https://:443/", .missingHost), ("https://?x", .missingHost),
            ("https://user@example.com/", .userInfo), ("https://user:secret@example.com/", .userInfo),
            ("https://example.com@127.0.0.1/", .userInfo), ("https://@example.com/", .userInfo),
            ("https://example.com\\@127.0.0.1/", .backslash), ("https://example.com/a\\b", .backslash),
            ("https://example.com/#top", .fragment), ("https://example.com#@127.0.0.1/", .fragment),
            ("https://2130706433/", .numericHost), ("https://0x7f000001/", .numericHost), ("https://0x7f.1/", .numericHost),
            ("https://127.1/", .numericHost), ("https://0177.0.0.1/", .numericHost), ("https://127.0.0.1.5/", .numericHost),
            ("https://1.2.3.256/", .numericHost), ("https://example.1/", .numericHost), ("https://foo.0x4/", .numericHost),
            ("https://127.0.0.1../", .hostName), ("https://127.0.0.0x/", .numericHost),
            ("https://bücher.example/", .nonASCIIHost), ("https://１２７.0.0.1/", .nonASCIIHost),
            ("https://ⓔxample.com/", .nonASCIIHost),
            ("https://127。0。0。1/", .nonASCIIHost), ("https://exam\u{AD}ple.com/", .nonASCIIHost),
            ("https://example..com/", .hostName), ("https://.example.com/", .hostName), ("https://-a.com/", .hostName),
            ("https://a-.com/", .hostName), ("https://exa%6dple.com/", .hostName), ("https://%31%32%37.0.0.1/", .numericHost),
            ("https://a!b/", .hostName), ("https://./", .hostName), ("https://*.example.com/", .hostName),
            ("https://example.com:/", .port), ("https://example.com:0/", .port), ("https://example.com:65536/", .port),
            ("https://example.com:+80/", .port), ("https://example.com:8a/", .port), ("https://example.com:80:80/", .port),
            ("https://[::1", .ipv6Literal), ("https://[::1%25eth0]/", .ipv6Literal), ("https://[127.0.0.1]/", .ipv6Literal),
            ("https://[]/", .ipv6Literal), ("https://[::1]x/", .hostName), ("https://[::1]:/", .port),
            ("https://::1/", .missingHost),
            ("https://example.com/a b", .character(0x20, offset: 21)),
            ("https://example.com/\r\nHost: x", .character(0x0D, offset: 20)),
            ("https://example.com/\u{0}", .character(0, offset: 20)), ("https://example.com/\t", .character(9, offset: 20)),
            ("https://example.com/é", .character(0xC3, offset: 20)),
            ("https://example.com/\u{7F}", .character(0x7F, offset: 20)),
            ("https://exa mple.com/", .character(0x20, offset: 11)),
        ])
    func refused(text: String, error: WebhookURLError) {
        #expect(throws: error) { try WebhookURL(text) }
    }

    @Test("every error says what to change, and repeats nothing of the URL")
    func messages() {
        let error = #expect(throws: WebhookURLError.self) { try WebhookURL("https://user:hunter2@example.com/") }
        #expect(error?.description.contains("custom header") == true)
        #expect(error?.description.contains("hunter2") == false)
        #expect(WebhookURLError.nonASCIIHost.description.contains("punycode"))
    }

    @Test("accepts the longest URL and refuses one byte more")
    func length() throws {
        let start = "https://example.com/"
        let longest = start + String(repeating: "a", count: Limits.urlBytes - start.utf8.count)
        #expect(try WebhookURL(longest).requestTarget.utf8.count == Limits.urlBytes - start.utf8.count + 1)
        #expect(throws: WebhookURLError.tooLong) { try WebhookURL(longest + "a") }
    }

    @Test("accepts the longest host name and label, and refuses one byte more")
    func hostLength() throws {
        let label = String(repeating: "a", count: 63)
        let longest = [label, label, label, String(repeating: "a", count: 61)].joined(separator: ".")
        #expect(try WebhookURL("https://\(longest)/").host == .name(longest))
        #expect(throws: WebhookURLError.hostTooLong) { try WebhookURL("https://\(longest)a/") }
        #expect(throws: WebhookURLError.hostTooLong) { try WebhookURL("https://a\(label).com/") }
    }

    @Test("URLs that differ in path only share an origin")
    func origin() throws {
        #expect(try WebhookURL("https://Example.com/a").origin == WebhookURL("https://example.com:443/b?c").origin)
        #expect(try WebhookURL("https://example.com/").origin != WebhookURL("http://example.com:443/").origin)
    }
}

struct TargetPolicyTests {
    @Test(
        "judges what a URL shows without a look-up",
        arguments: [
            ("http://example.com/", TargetRefusal.unencrypted), ("https://localhost/", .loopbackName),
            ("https://LOCALHOST./", .loopbackName), ("https://a.localhost:8080/", .loopbackName),
            ("https://127.0.0.1/", .address(.v4(0x7F00_0001), .loopback)),
            ("https://[::1]/", .address(.v6(high: 0, low: 1), .loopback)),
            ("https://169.254.169.254/latest/meta-data", .address(.v4(0xA9FE_A9FE), .cloudMetadata)),
            ("https://[::ffff:10.0.0.1]/", .address(.v6(high: 0, low: 0xFFFF_0A00_0001), .privateUse)),
        ])
    func refusals(text: String, refusal: TargetRefusal) throws {
        #expect(TargetPolicy().refusal(of: try WebhookURL(text)) == refusal)
    }

    @Test(
        "permits what is public or has to be resolved first",
        arguments: ["https://example.com/", "https://8.8.8.8/", "https://notlocalhost/"])
    func permitted(text: String) throws {
        #expect(TargetPolicy().refusal(of: try WebhookURL(text)) == nil)
    }

    @Test(
        "development permits http to this machine",
        arguments: ["http://localhost:3000/", "http://127.0.0.1:3000/", "http://[::1]/", "http://192.168.1.5/"])
    func development(text: String) throws {
        #expect(TargetPolicy(allowPrivate: true, allowHTTP: true).refusal(of: try WebhookURL(text)) == nil)
    }

    @Test("development still refuses metadata services")
    func developmentMetadata() throws {
        let url = try WebhookURL("http://169.254.169.254/latest/meta-data")
        let refusal = TargetPolicy(allowPrivate: true, allowHTTP: true).refusal(of: url)
        #expect(refusal == .address(.v4(0xA9FE_A9FE), .cloudMetadata))
        #expect(refusal?.description == "the address 169.254.169.254 is not allowed (cloud_metadata)")
    }
}
