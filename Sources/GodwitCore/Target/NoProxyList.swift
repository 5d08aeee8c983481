/// Targets that are reached without the proxy, separated by commas: `localhost,.example.com,10.0.0.0/8`.
///
/// A name means itself and everything below it, a name with a leading dot only what is below. Addresses and subnets are compared
/// with the address that the target's host resolved to, not only with a host that is an address. `*` means every target.
package struct NoProxyList: Hashable, Sendable {
    private enum Entry: Hashable, Sendable {
        case everything
        case name(String)
        /// With its leading dot.
        case below(String)
        case subnet(Subnet)
    }

    private let entries: [Entry]

    package init(_ text: String) throws(ProxyConfigurationError) {
        guard text.utf8.count <= Limits.noProxyTextBytes else { throw .exceptionsTooLong }
        var entries: [Entry] = []
        for (index, part) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
            let word = part.trimmingSpaces
            // A comma at the end, as generated lists often have.
            guard !word.isEmpty else { continue }
            guard let entry = Self.entry(word.lowercased()) else { throw .exception(index + 1) }
            entries.append(entry)
        }
        self.entries = entries
    }

    package func contains(_ host: WebhookURL.Host, at address: IPAddress) -> Bool {
        entries.contains { entry in
            switch entry {
            case .everything: true
            case .subnet(let subnet): subnet.contains(address) || subnet.contains(address.unmapped)
            case .name(let name): host.isName { $0 == name || $0.hasSuffix("." + name) }
            case .below(let suffix): host.isName { $0.hasSuffix(suffix) }
            }
        }
    }

    private static func entry(_ word: String) -> Entry? {
        if word == "*" { return .everything }
        if let subnet = Subnet(word) { return .subnet(subnet) }
        if word.first == "[", word.last == "]" { return Subnet(word.dropFirst().dropLast()).map(Entry.subnet) }
        let isBelow = word.first == "."
        // Read as the host of a URL would be, so that both are written alike.
        guard let url = try? WebhookURL("http://\(isBelow ? word.dropFirst() : word[...])/"), url.port == 80,
            case .name(let name) = url.host, !word.contains(where: { "/:?".contains($0) })
        else { return nil }
        return isBelow ? .below("." + name) : .name(name)
    }
}

extension WebhookURL.Host {
    fileprivate func isName(_ condition: (String) -> Bool) -> Bool {
        switch self {
        case .name(let name): condition(name)
        case .address: false
        }
    }
}
