import GodwitCore

/// Where webhooks may come from: the sender's published addresses.
public struct SourceAddresses: Sendable {
    private let allowed: [Subnet]
    private let trustedProxies: [Subnet]

    /// - Parameters:
    ///   - allowed: addresses and ranges in CIDR notation (RFC 4632): `203.0.113.7`, `2001:db8::/32`.
    ///   - trustedProxies: your own proxies. Only from them `X-Forwarded-For` is believed, and only up to the rightmost address that
    ///     isn't one of them: everything left of it may be the sender's invention.
    public init(_ allowed: [String], trustedProxies: [String] = []) throws(SourceAddressError) {
        self.allowed = try allowed.map { text throws(SourceAddressError) in try Self.subnet(text) }
        self.trustedProxies = try trustedProxies.map { text throws(SourceAddressError) in try Self.subnet(text) }
    }

    private static func subnet(_ text: String) throws(SourceAddressError) -> Subnet {
        guard let subnet = Subnet(text) else { throw SourceAddressError(text: text) }
        return subnet
    }

    /// - Parameters:
    ///   - peer: the address of the connection's other end, without a port; nil (unknown) is refused.
    ///   - forwardedFor: every `X-Forwarded-For` line, in order.
    func admits(peer: String?, forwardedFor: [String]) -> Bool {
        guard let peer, var address = IPAddress(Self.withoutZone(peer))?.unmapped else { return false }
        var hops = forwardedFor.flatMap { $0.split(separator: ",") }
        guard hops.count <= ReceiverLimits.forwardedAddresses else { return false }
        while trustedProxies.contains(where: { $0.contains(address) }), let hop = hops.popLast() {
            guard let next = Self.forwarded(hop.trimmingSpaces)?.unmapped else { return false }
            address = next
        }
        return allowed.contains { $0.contains(address) }
    }

    /// Some proxies write the port, too: `203.0.113.7:1234`, `[2001:db8::1]:1234`.
    private static func forwarded(_ text: Substring) -> IPAddress? {
        if let address = IPAddress(withoutZone(text)) { return address }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]"), isPort(text[end...].dropFirst()) else { return nil }
            return IPAddress(withoutZone(text[..<end].dropFirst()))
        }
        guard let colon = text.firstIndex(of: ":"), isPort(text[colon...]) else { return nil }
        return IPAddress(text[..<colon])
    }

    /// Nothing, or a colon and a port.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.first == ":" && text.dropFirst().allSatisfy(\.isNumber) && UInt16(text.dropFirst()) != nil)
    }

    private static func withoutZone(_ text: some StringProtocol) -> Substring { Substring(text).prefix { $0 != "%" } }
}

/// A range that isn't one.
public struct SourceAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was given.
    public let text: String
    /// For people.
    public var description: String {
        "“\(text)” is neither an address nor a range in CIDR notation whose bits past the length are zero"
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var trimmed = self.drop { $0 == " " || $0 == "\t" }
        while let last = trimmed.last, last == " " || last == "\t" { trimmed.removeLast() }
        return trimmed
    }
}
