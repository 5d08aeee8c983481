/// The outgoing proxy of an operator whose servers don't reach the internet themselves. It comes after the target policy: names
/// are resolved and addresses judged by us, and the proxy is asked for exactly the address that was judged. The proxy's own
/// address is the operator's choice and is not judged.
package struct ProxyConfiguration: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// `CONNECT` (RFC 9110 §9.3.6), for plain http targets too.
        case http
        /// RFC 1928.
        case socks5

        var scheme: String {
            switch self {
            case .http: "http"
            case .socks5: "socks5"
            }
        }
    }

    /// Octets, since neither protocol says in which encoding they are.
    package struct Credentials: Hashable, Sendable {
        package let user: [UInt8]
        package let password: [UInt8]
    }

    package let kind: Kind
    package let host: WebhookURL.Host
    package let port: UInt16
    package let credentials: Credentials?
    /// Targets that are reached without the proxy.
    package let exceptions: NoProxyList

    /// - Parameters:
    ///   - text: `http://user:password@host:port` or `socks5://host:port`; user and password percent-encoded.
    ///   - noProxy: see `NoProxyList`.
    package init(_ text: String, noProxy: String = "") throws(ProxyConfigurationError) {
        guard text.utf8.count <= Limits.proxyTextBytes else { throw .tooLong }
        guard let kind = [Kind.http, .socks5].first(where: { text.lowercased().hasPrefix("\($0.scheme)://") }) else {
            throw .unsupportedScheme
        }
        var authority = text.dropFirst("\(kind.scheme)://".count)
        if authority.last == "/" { authority = authority.dropLast() }
        guard !authority.contains(where: { "/?#".contains($0) }) else { throw .path }
        if let at = authority.lastIndex(of: "@") {
            credentials = try Credentials(authority[..<at])
            authority = authority[authority.index(after: at)...]
        } else {
            credentials = nil
        }
        // What follows the brackets of an IPv6 address, or else the name.
        guard (authority.split(separator: "]", omittingEmptySubsequences: false).last ?? "").contains(":") else {
            throw .missingPort
        }
        do throws(WebhookURLError) {
            let place = try WebhookURL("http://\(authority)")
            (host, port) = (place.host, place.port)
        } catch {
            throw .place(error)
        }
        self.kind = kind
        exceptions = try NoProxyList(noProxy)
    }

    /// Whether a connection to this address, to which the target's host resolved, goes through the proxy.
    package func serves(_ host: WebhookURL.Host, at address: IPAddress) -> Bool { !exceptions.contains(host, at: address) }
}

extension ProxyConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the credentials, so that it may be logged.
    package var description: String { "\(kind.scheme)://\(host):\(port)" }
    package var debugDescription: String { description }
}

extension ProxyConfiguration.Credentials: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "(credentials)" }
    package var debugDescription: String { description }

    fileprivate init(_ text: Substring) throws(ProxyConfigurationError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        user = try Self.decoded(parts[0])
        password = parts.count > 1 ? try Self.decoded(parts[1]) : []
        guard !user.isEmpty else { throw .emptyUser }
        // Basic authentication ends the user at the first colon (RFC 7617 §2); a length of SOCKS is one byte (RFC 1929 §2).
        guard !user.contains(UInt8(ascii: ":")), max(user.count, password.count) <= 255 else { throw .credentials }
    }

    private static func decoded(_ text: Substring) throws(ProxyConfigurationError) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: Unicode.UTF8.self), radix: 16)
            else { throw .credentials }
            result.append(value)
            rest = rest.dropFirst(2)
        }
        return result
    }
}

/// Why a text is not accepted as a proxy. The message never repeats the text: it may hold a password.
package enum ProxyConfigurationError: Error, Hashable, Sendable {
    case tooLong
    case unsupportedScheme
    case path
    case missingPort
    case place(WebhookURLError)
    case emptyUser
    case credentials
    /// The place in the no-proxy list, from 1.
    case exception(Int)
    case exceptionsTooLong
}

extension ProxyConfigurationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong: "the proxy's URL is longer than \(Limits.proxyTextBytes) bytes"
        case .unsupportedScheme: "the proxy's URL must start with http:// or socks5://"
        case .path: "the proxy's URL must end after the port"
        case .missingPort: "the proxy's URL must name a port, as in http://proxy.example:3128"
        case .place(let error): "the proxy's URL is not valid: \(error)"
        case .emptyUser: "the proxy's URL has an empty user name"
        case .credentials:
            "the proxy's user and password must be percent-encoded, without a colon in the user, and at most 255 bytes each"
        case .exception(let index):
            "entry \(index) of the no-proxy list is neither a host name, .suffix, address, subnet (10.0.0.0/8) nor *"
        case .exceptionsTooLong: "the no-proxy list is longer than \(Limits.noProxyTextBytes) bytes"
        }
    }
}
