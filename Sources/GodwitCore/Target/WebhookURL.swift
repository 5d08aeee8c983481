/// An endpoint's URL, parsed once and normalised: only what has passed here can reach a resolver or a socket.
package struct WebhookURL: Hashable, Sendable {
    /// With whom a connection is made; connections are shared between URLs of one origin (RFC 6454).
    package struct Origin: Hashable, Sendable {
        package let scheme: Scheme
        package let host: Host
        package let port: UInt16
    }

    package enum Scheme: Hashable, Sendable, CaseIterable {
        case http
        case https

        package var name: String {
            switch self {
            case .http: "http"
            case .https: "https"
            }
        }

        package var defaultPort: UInt16 {
            switch self {
            case .http: 80
            case .https: 443
            }
        }
    }

    package enum Host: Hashable, Sendable {
        /// Lower case, in punycode, without a trailing dot.
        case name(String)
        case address(IPAddress)
    }

    package let origin: Origin
    /// Path and query exactly as they go into the request line (RFC 9112 §3.2.1); at least `/`.
    package let requestTarget: String

    package var scheme: Scheme { origin.scheme }
    package var host: Host { origin.host }
    package var port: UInt16 { origin.port }

    package init(_ text: String) throws(WebhookURLError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Limits.urlBytes else { throw .tooLong }
        let (scheme, authorityStart) = try Self.scheme(of: bytes)
        let authorityEnd = bytes[authorityStart...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.endIndex
        let authority = bytes[authorityStart..<authorityEnd]
        guard authority.allSatisfy({ $0 < 0x80 }) else { throw .nonASCIIHost }
        for (offset, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\\") { throw .backslash }
            if byte == UInt8(ascii: "#") { throw .fragment }
            guard (0x21...0x7E).contains(byte) else { throw .character(byte, offset: offset) }
        }
        let (host, port) = try Self.hostAndPort(authority)
        origin = Origin(scheme: scheme, host: host, port: port ?? scheme.defaultPort)
        let target = String(decoding: bytes[authorityEnd...], as: Unicode.UTF8.self)
        requestTarget = target.utf8.first == UInt8(ascii: "/") ? target : "/" + target
    }

    /// The value of the `Host` header (RFC 9110 §7.2): the port is left out when it is the scheme's own.
    package var hostHeader: String { origin.hostHeader }

    /// Names that mean this machine wherever they are looked up (RFC 6761 §6.3).
    package var isLoopbackName: Bool {
        switch host {
        case .name(let name): name == "localhost" || name.hasSuffix(".localhost")
        case .address: false
        }
    }
}

extension WebhookURL: CustomStringConvertible {
    /// The normalised URL.
    package var description: String { "\(scheme.name)://\(hostHeader)\(requestTarget)" }
}

extension WebhookURL.Origin {
    fileprivate var hostHeader: String { port == scheme.defaultPort ? "\(host)" : "\(host):\(port)" }
}

extension WebhookURL.Origin: CustomStringConvertible {
    package var description: String { "\(scheme.name)://\(hostHeader)" }
}

extension WebhookURL.Host: CustomStringConvertible {
    /// As it stands in a URL: IPv6 in brackets.
    package var description: String {
        switch self {
        case .name(let name): name
        case .address(.v4(let value)): "\(IPAddress.v4(value))"
        case .address(let address): "[\(address)]"
        }
    }
}

// MARK: Parsing

extension WebhookURL {
    private static func scheme(of bytes: [UInt8]) throws(WebhookURLError) -> (Scheme, authorityStart: Int) {
        for scheme in Scheme.allCases {
            let prefix = Array("\(scheme.name)://".utf8)
            if bytes.prefix(prefix.count).map(lowercased) == prefix { return (scheme, prefix.count) }
        }
        throw .unsupportedScheme
    }

    private static func hostAndPort(_ authority: ArraySlice<UInt8>) throws(WebhookURLError) -> (Host, port: UInt16?) {
        guard !authority.contains(UInt8(ascii: "@")) else { throw .userInfo }
        let hostEnd: Int
        let host: Host
        if authority.first == UInt8(ascii: "[") {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { throw .ipv6Literal }
            let literal = String(decoding: authority[(authority.startIndex + 1)..<close], as: Unicode.UTF8.self)
            guard let address = IPAddress(literal), case .v6 = address else { throw .ipv6Literal }
            host = .address(address)
            hostEnd = close + 1
        } else {
            hostEnd = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
            host = try nameOrIPv4(authority[..<hostEnd])
        }
        guard hostEnd < authority.endIndex else { return (host, nil) }
        let digits = authority[(hostEnd + 1)...]
        guard authority[hostEnd] == UInt8(ascii: ":"), (1...5).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(String(decoding: digits, as: Unicode.UTF8.self)), port > 0
        else { throw hostEnd < authority.endIndex && authority[hostEnd] == UInt8(ascii: ":") ? .port : .hostName }
        return (host, port)
    }

    private static func nameOrIPv4(_ text: ArraySlice<UInt8>) throws(WebhookURLError) -> Host {
        guard !text.isEmpty else { throw .missingHost }
        let name = text.last == UInt8(ascii: ".") ? text.dropLast() : text
        let lowered = name.map(lowercased)
        let labels = lowered.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard lowered.count <= 253, labels.allSatisfy({ $0.count <= 63 }) else { throw .hostTooLong }
        let host = String(decoding: lowered, as: Unicode.UTF8.self)
        if let address = IPAddress(host), case .v4 = address { return .address(address) }
        // A name whose last label is a number is an IPv4 address to many resolvers (WHATWG URL, "ends in a number").
        guard let last = labels.last, !isNumber(last) else { throw .numericHost }
        guard labels.allSatisfy(isLabel) else { throw .hostName }
        return .name(host)
    }

    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        let isHexadecimal = label.starts(with: "0x".utf8) && label.dropFirst(2).allSatisfy { Character(.init($0)).isHexDigit }
        return !label.isEmpty && (isHexadecimal || label.allSatisfy { (0x30...0x39).contains($0) })
    }

    /// Letters, digits, hyphens inside (RFC 1123 §2.1), and the underscore that names of containers often have.
    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return !label.isEmpty && label.first != hyphen && label.last != hyphen
            && label.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == hyphen || byte == UInt8(ascii: "_")
            }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
