import GodwitCore

/// Reads the fields of a query, and collects everything that is wrong with them, as `JSONReader` does for a body.
struct QueryReader {
    private let fields: [(name: String, value: String)]
    private var errors: [FieldError] = []

    /// - Parameter query: `name=value&…`, percent-encoded, with `+` for a space.
    init(_ query: Substring) {
        fields = query.split(separator: "&", maxSplits: Limits.queryFields).prefix(Limits.queryFields).map { field in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : "")
        }
    }

    static func read<Result>(_ query: Substring, _ make: (inout QueryReader) -> Result) throws(ValidationError) -> Result {
        var reader = QueryReader(query)
        let result = make(&reader)
        guard reader.errors.isEmpty else { throw ValidationError(errors: reader.errors) }
        return result
    }

    mutating func fail(_ name: String, _ message: String) { errors.append(FieldError(["query", name], message)) }

    /// Of fields with the same name the last one counts. An empty value is as good as none.
    func text(_ name: String) -> String? {
        fields.last { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    mutating func value<Value>(_ name: String, expecting expected: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = text(name) else { return nil }
        guard let value = parse(text) else {
            fail(name, "expected \(expected)")
            return nil
        }
        return value
    }

    mutating func bool(_ name: String, default standard: Bool) -> Bool {
        value(name, expecting: "true or false") { text in
            switch text.lowercased() {
            case "true", "1": true
            case "false", "0": false
            default: nil
            }
        } ?? standard
    }

    /// For a switch that changes what is answered elsewhere and that we don't have: set, it must not be without effect.
    mutating func refuse(_ names: String...) {
        for name in names where bool(name, default: false) { fail(name, "This server doesn't support \(name).") }
    }

    mutating func instant(_ name: String) -> Instant? {
        value(name, expecting: "a time as in 2026-11-24T10:20:30Z (RFC 3339)", RFC3339.parse)
    }

    /// `name=a,b`, and also `name[]=a&name[]=b` and `name[0]=a`; nil for none, which filters nothing.
    mutating func list(_ name: String, expecting expected: String, _ isValid: (String) -> Bool) -> [String]? {
        let texts = fields.filter { $0.name == name || $0.name.hasPrefix(name + "[") && $0.name.hasSuffix("]") }
        let items = texts.flatMap { $0.value.split(separator: ",").map(String.init) }
        guard items.count <= Limits.queryFields, items.allSatisfy(isValid) else {
            fail(name, "expected \(expected), separated by commas")
            return nil
        }
        return items.isEmpty ? nil : items
    }

    /// A broken escape stands for itself.
    private static func decode(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        Character(.init(byte)).hexDigitValue.map(UInt8.init)
    }
}
