package import GodwitCore

/// Which events go to which URL: `invoice.*=http://localhost:3000/hook`.
package struct ForwardRule: Hashable, Sendable {
    /// An event type, in which `*` stands for any characters, dots among them.
    package let pattern: String
    package let url: WebhookURL

    package enum Malformed: Error, Hashable, CustomStringConvertible {
        case noPattern(String)
        case url(String, WebhookURLError)

        package var description: String {
            switch self {
            case .noPattern(let text): "'\(text)' is no rule: write PATTERN=URL, like 'invoice.*=http://localhost:3000/hook'"
            case .url(let text, let problem): "'\(text)' is not the URL of a receiver: \(problem)"
            }
        }
    }

    /// - Parameter text: `PATTERN=URL`, or a URL alone, for all events.
    package init(_ text: String) throws(Malformed) {
        let isBare = text.hasPrefix("http://") || text.hasPrefix("https://")
        guard let equals = isBare ? text.startIndex : text.firstIndex(of: "=") else { throw .noPattern(text) }
        pattern = isBare ? "*" : String(text[..<equals])
        guard !pattern.isEmpty, pattern.allSatisfy({ !$0.isWhitespace }) else { throw .noPattern(text) }
        let address = isBare ? text : String(text[text.index(after: equals)...])
        do throws(WebhookURLError) {
            url = try WebhookURL(address)
        } catch {
            throw .url(address, error)
        }
    }

    package func matches(_ eventType: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == eventType }
        guard eventType.hasPrefix(first) else { return false }
        var rest = eventType.dropFirst(first.count)
        // Leftmost matches leave the most for what follows, so there is nothing to go back for.
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.count >= last.count && rest.hasSuffix(last)
    }

    /// Every rule that matches counts, as every endpoint does that wants an event; each URL gets it once.
    package static func targets(of eventType: String, by rules: [ForwardRule]) -> [WebhookURL] {
        var targets: [WebhookURL] = []
        for rule in rules where rule.matches(eventType) && !targets.contains(rule.url) { targets.append(rule.url) }
        return targets
    }
}
