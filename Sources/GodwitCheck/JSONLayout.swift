import GodwitCore

/// The ways in which libraries write the same value: what a receiver gets if it writes again what it has parsed.
enum JSONLayout {
    /// `{"a":1,"b":[2]}`: JavaScript.
    case compact
    /// `{"a": 1, "b": [2]}`: Python.
    case spaced
    /// A line for each member, and a line end after all.
    case indented

    func text(_ value: JSONValue) -> [UInt8] {
        let text = written(value, depth: 0)
        return Array((self == .indented ? text + "\n" : text).utf8)
    }

    private func written(_ value: JSONValue, depth: Int) -> String {
        switch value {
        case .null, .bool, .number, .string: String(decoding: JSONWriter.write(value), as: UTF8.self)
        case .array(let items): list("[", items.map { written($0, depth: depth + 1) }, "]", depth)
        case .object(let members):
            list(
                "{",
                members.map {
                    String(decoding: JSONWriter.write($0.name), as: UTF8.self) + (self == .compact ? ":" : ": ")
                        + written($0.value, depth: depth + 1)
                }, "}", depth)
        }
    }

    private func list(_ open: String, _ items: [String], _ close: String, _ depth: Int) -> String {
        guard !items.isEmpty else { return open + close }
        switch self {
        case .compact: return open + items.joined(separator: ",") + close
        case .spaced: return open + items.joined(separator: ", ") + close
        case .indented:
            let margin = String(repeating: "  ", count: depth)
            return "\(open)\n" + items.map { "\(margin)  \($0)" }.joined(separator: ",\n") + "\n\(margin)\(close)"
        }
    }
}
