/// A place in a JSON text (RFC 6901): `/order/id`, `/items/0/sku`. The empty pointer is the whole text.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private let tokens: [String]

    /// nil unless the text is empty or begins with `/`, has at most `Limits.pointerBytes`, and every `~` in it is `~0` or `~1`.
    package init?(_ text: String) {
        guard text.utf8.count <= Limits.pointerBytes, text.isEmpty || text.hasPrefix("/") else { return nil }
        var tokens: [String] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let token = Self.unescape(part) else { return nil }
            tokens.append(token)
        }
        description = text
        self.tokens = tokens
    }

    private static func unescape(_ part: Substring) -> String? {
        var token = ""
        var rest = part[...]
        while let character = rest.popFirst() {
            guard character == "~" else {
                token.append(character)
                continue
            }
            switch rest.popFirst() {
            case "0": token.append("~")
            case "1": token.append("/")
            default: return nil
            }
        }
        return token
    }

    /// What stands there, as text: a string's own characters, anything else as it was written. nil when nothing stands there, or null.
    package func text(in json: [UInt8]) -> String? {
        guard let value = (try? JSONValue.parse(json)).flatMap({ self.value(in: $0) }) else { return nil }
        switch value {
        case .null: return nil
        case .string(let text), .number(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .object, .array: return String(decoding: JSONWriter.write(value), as: UTF8.self)
        }
    }

    /// What stands there; nil when nothing does.
    package func value(in json: JSONValue) -> JSONValue? {
        var value = json
        for token in tokens {
            switch value {
            case .object:
                guard let member = value[token] else { return nil }
                value = member
            case .array(let items):
                guard let index = Int(token), items.indices.contains(index), token == String(index) else { return nil }
                value = items[index]
            case .null, .bool, .number, .string: return nil
            }
        }
        return value
    }
}
