/// Where deliveries may go. Asked twice: when a URL is registered, and again for every address before a connection is made to
/// it, because what a name resolves to is the choice of whoever runs its DNS.
package struct TargetPolicy: Hashable, Sendable {
    /// For development: loopback and private networks are permitted. What no receiver of webhooks can sensibly have, above all
    /// link-local addresses and the metadata services of clouds, stays refused.
    package var allowPrivate: Bool
    /// Whether `http://` is permitted; the payload then crosses the network readable.
    package var allowHTTP: Bool
    /// Permitted whatever their verdict is: an operator's own networks, named on purpose.
    package var allowedSubnets: [Subnet]

    package init(allowPrivate: Bool = false, allowHTTP: Bool = false, allowedSubnets: [Subnet] = []) {
        self.allowPrivate = allowPrivate
        self.allowHTTP = allowHTTP
        self.allowedSubnets = allowedSubnets
    }

    package func judge(_ address: IPAddress) -> AddressVerdict { AddressVerdict(address) }

    package func permits(_ address: IPAddress) -> Bool {
        permits(judge(address)) || allowedSubnets.contains { $0.contains(address) || $0.contains(address.unmapped) }
    }

    /// What can be said about a URL without resolving its name: nil when nothing speaks against it so far.
    package func refusal(of url: WebhookURL) -> TargetRefusal? {
        switch url.scheme {
        case .http where !allowHTTP: return .unencrypted
        case .http, .https: break
        }
        switch url.host {
        case .address(let address): return permits(address) ? nil : .address(address, judge(address))
        case .name: return url.isLoopbackName && !permits(.v4(0x7F00_0001)) ? .loopbackName : nil
        }
    }

    private func permits(_ verdict: AddressVerdict) -> Bool {
        switch verdict {
        case .publicUnicast:
            true
        case .privateUse, .loopback, .carrierGradeNAT, .uniqueLocal, .siteLocal, .benchmarking:
            allowPrivate
        case .thisNetwork, .unspecified, .linkLocal, .cloudMetadata, .protocolAssignments, .documentation, .relay6to4,
            .multicast,
            .reserved, .broadcast, .localNAT64, .discardOnly, .teredo, .orchid, .tunnel6to4, .segmentRouting:
            false
        }
    }
}

/// Why a URL is refused before anything is resolved.
package enum TargetRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case unencrypted
    case loopbackName
    case address(IPAddress, AddressVerdict)

    package var description: String {
        switch self {
        case .unencrypted: "http is not allowed here, use https"
        case .loopbackName: "the host is this machine's own name, which is not allowed"
        case .address(let address, let verdict): "the address \(address) is not allowed (\(verdict.rawValue))"
        }
    }
}
