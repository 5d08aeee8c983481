/// Values of `ce-` headers (CloudEvents HTTP protocol binding 1.0.2, §3.1.3.2).
public enum CloudEventsHeader {
    /// Percent-encodes spaces, quotes, percent signs and everything outside printable ASCII.
    public static func encode(_ text: String) -> String {
        PercentEncoding.encode(text.utf8) { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "%") }
    }

    /// Takes off the quotes of a quoted string, then decodes once.
    ///
    /// - Returns: nil for a malformed escape, and for bytes that aren't UTF-8.
    public static func decode(_ value: String) -> String? {
        var text = value
        if text.hasPrefix("\"") {
            guard let unquoted = unquote(text) else { return nil }
            text = unquoted
        }
        guard let bytes = PercentEncoding.decode(text) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// RFC 9110 §5.6.4.
    private static func unquote(_ text: String) -> String? {
        guard text.count >= 2, text.hasSuffix("\"") else { return nil }
        var content = ""
        var rest = text.dropFirst().dropLast()
        while let character = rest.popFirst() {
            switch character {
            case "\"": return nil
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                content.append(escaped)
            default: content.append(character)
            }
        }
        return content
    }
}
