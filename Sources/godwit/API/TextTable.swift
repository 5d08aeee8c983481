import GodwitCore

/// Columns for people.
enum TextTable {
    /// The last column is as wide as its texts are.
    static func lines(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, text in
                column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count)
            }.joined(separator: "  ")
        }
    }

    /// One line for each value, named by its place: `timeouts.total  15s`.
    static func flat(_ value: JSONValue) -> String { lines(flatRows(value, "")).joined(separator: "\n") }

    private static func flatRows(_ value: JSONValue, _ place: String) -> [[String]] {
        let members = value.members
        if members.isEmpty {
            return [[place, value.isFlatList ? value.items.compactMap(\.text).joined(separator: ", ") : value.text ?? "-"]]
        }
        return members.flatMap { flatRows($0.value, place.isEmpty ? $0.name : "\(place).\($0.name)") }
    }
}

extension JSONValue {
    /// A list of texts and numbers, which reads well in one line.
    fileprivate var isFlatList: Bool {
        !items.isEmpty && items.allSatisfy { $0.members.isEmpty && $0.items.isEmpty }
    }
}
