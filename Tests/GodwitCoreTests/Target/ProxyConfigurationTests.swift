import GodwitCore
import Testing

struct ProxyConfigurationTests {
    @Test("reads what a proxy's URL says")
    func parses() throws {
        let http = try ProxyConfiguration("http://Proxy.Example:3128/")
        #expect(http.kind == .http && http.host == .name("proxy.example") && http.port == 3128 && http.credentials == nil)
        let socks = try ProxyConfiguration("SOCKS5://me:p%40s:s@[fd00::1]:1080")
        let address = try #require(IPAddress("fd00::1"))
        #expect(socks.kind == .socks5 && socks.host == .address(address) && socks.port == 1080)
        #expect(socks.credentials?.user == Array("me".utf8))
        #expect(socks.credentials?.password == Array("p@s:s".utf8))
        #expect(try ProxyConfiguration("http://me@10.0.0.1:80").credentials?.password == [])
    }

    @Test(
        "says what is wrong, without repeating the text",
        arguments: [
            ("proxy.example:3128", .unsupportedScheme), ("https://proxy.example:3128", .unsupportedScheme),
            ("http://proxy.example", .missingPort), ("http://[::1]", .missingPort),
            ("http://me:secret@proxy.example", .missingPort),
            ("http://proxy.example:0", .place(.port)), ("http://proxy.example:99999", .place(.port)),
            ("http://:3128", .place(.missingHost)), ("http://pro xy:3128", .place(.character(0x20, offset: 10))),
            ("http://proxy.example:3128/path", .path), ("http://proxy.example:3128?x", .path),
            ("http://:secret@proxy.example:3128", .emptyUser), ("http://@proxy.example:3128", .emptyUser),
            ("http://me%:secret@proxy.example:3128", .credentials), ("http://me%zz:s@proxy.example:3128", .credentials),
            ("http://m%3Ae:secret@proxy.example:3128", .credentials),
            ("http://me:\(String(repeating: "s", count: 256))@proxy.example:3128", .credentials),
            ("http://\(String(repeating: "p", count: Limits.proxyTextBytes)):3128", .tooLong),
        ] as [(String, ProxyConfigurationError)])
    func refuses(text: String, error: ProxyConfigurationError) {
        #expect(throws: error) { try ProxyConfiguration(text) }
        #expect(!"\(error)".contains("secret"))
    }

    @Test("never shows its credentials")
    func secrecy() throws {
        let proxy = try ProxyConfiguration("http://me:secret@proxy.example:3128")
        #expect("\(proxy)" == "http://proxy.example:3128")
        #expect(!String(reflecting: proxy).contains("me:"))
        #expect("\(String(describing: proxy.credentials))".contains("(credentials)"))
    }

    private static let list = "localhost, .example.com,corp.example,10.0.0.0/8,192.0.2.7,[fd00::1],"

    @Test(
        "spares what the no-proxy list names",
        arguments: [
            ("localhost", "127.0.0.1", true), ("a.localhost", "127.0.0.1", true), ("notlocalhost", "127.0.0.1", false),
            ("example.com", "8.8.8.8", false), ("a.example.com", "8.8.8.8", true), ("a.b.example.com", "8.8.8.8", true),
            ("badexample.com", "8.8.8.8", false), ("corp.example", "8.8.8.8", true), ("x.corp.example", "8.8.8.8", true),
            ("any.example", "10.1.2.3", true), ("any.example", "11.1.2.3", false), ("any.example", "::ffff:10.1.2.3", true),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.8", "192.0.2.8", false), ("[fd00::1]", "fd00::1", true),
        ])
    func exceptions(host: String, address: String, isSpared: Bool) throws {
        let proxy = try ProxyConfiguration("http://proxy.example:3128", noProxy: Self.list)
        let target = try WebhookURL("https://\(host)/").host
        #expect(proxy.serves(target, at: try #require(IPAddress(address))) == !isSpared)
    }

    @Test("an asterisk spares everything, an empty list nothing")
    func extremes() throws {
        let address = try #require(IPAddress("8.8.8.8"))
        #expect(try !ProxyConfiguration("http://p.example:1", noProxy: "*").serves(.name("a.example"), at: address))
        #expect(try ProxyConfiguration("http://p.example:1", noProxy: " ,").serves(.name("a.example"), at: address))
    }

    @Test(
        "refuses an entry that it can't read",
        arguments: ["a.example,10.1.2.3/8", "a.example,b c", "x,a.example:443", "x,*.example", "x,http://a"])
    func badExceptions(text: String) {
        #expect(throws: ProxyConfigurationError.exception(2)) { try NoProxyList(text) }
    }

    @Test("a list may be as long as the limit, and no longer")
    func listLimit() throws {
        #expect(throws: Never.self) { try NoProxyList(String(repeating: ",", count: Limits.noProxyTextBytes)) }
        #expect(throws: ProxyConfigurationError.exceptionsTooLong) {
            try NoProxyList(String(repeating: ",", count: Limits.noProxyTextBytes + 1))
        }
    }
}
