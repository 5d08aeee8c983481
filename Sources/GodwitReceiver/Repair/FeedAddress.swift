import GodwitCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where a feed is.
struct FeedAddress: Hashable, Sendable {
    let isEncrypted: Bool
    /// Without brackets.
    let host: String
    let port: Int
    let path: String

    /// - Parameter url: `https://host/api/v1/app/APP/endpoint/EP/feed`, without a query.
    init?(_ url: String) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            let host = parts.percentEncodedHost,
            scheme == "https" || scheme == "http", !host.isEmpty, parts.query == nil, parts.user == nil
        else { return nil }
        isEncrypted = scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? (isEncrypted ? 443 : 80)
        path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        guard (1...65535).contains(port) else { return nil }
    }

    /// For the `host` header.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isEncrypted ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// For TLS: an address isn't sent as a server's name (RFC 6066 §3).
    var serverName: String? { IPAddress(host) == nil ? host : nil }
}
