import Foundation
import GodwitCore
import GodwitSQL

/// What one run of `godwit migrate` did, for people and for scripts.
struct MigrateReport {
    let from: String
    let to: String
    let isFinal: Bool
    var tables: [TableReport] = []
    var duration: Duration = .zero
    /// Of a last pass: whether rows and checksums of all tables are equal on both sides.
    var isEqual = true

    private var seconds: Double { duration / .seconds(1) }
    private var secondsText: String { String(format: "%.2f s", seconds) }

    var text: String { (TextTable.lines(rows) + [""] + conclusion).joined(separator: "\n") }

    private var rows: [[String]] {
        guard isFinal else {
            return [["TABLE", "ROWS", "ADDED", "CHANGED", "REMOVED"]]
                + tables.map { ["\($0.table)", "\($0.source.rows)", "\($0.added)", "\($0.changed)", "\($0.removed)"] }
        }
        return [["TABLE", "ROWS", "COPIED NOW", "CHECKSUM", "EQUAL"]]
            + tables.map { table in
                [
                    table.table, table.isEqual ? "\(table.source.rows)" : "\(table.source.rows) / \(table.destination.rows)",
                    "\(table.added + table.changed)", Self.hex(table.source.checksum), table.isEqual ? "yes" : "NO",
                ]
            }
    }

    private var conclusion: [String] {
        guard isFinal else {
            return [
                "This pass took \(secondsText). Once the rest is small, the pause is about as long as such a pass.",
                "Next: stop the server on \(from), and run this again with --finish.",
            ]
        }
        guard isEqual else { return ["The stores are NOT equal. \(from) stays what it was; run this again."] }
        return [
            "Pause: \(secondsText). Both stores are equal; \(from) is given up.",
            "Next: start the server with --store on \(to).",
        ]
    }

    private static func hex(_ checksum: UInt64) -> String {
        let digits = String(checksum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension MigrateReport: JSONWritable {
    var json: String { String(decoding: JSONWriter.write(self), as: UTF8.self) }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("finished", isFinal && isEqual)
            if isFinal { writer.field("equal", isEqual) }
            writer.field(isFinal ? "pauseMilliseconds" : "passMilliseconds", Int(duration / .milliseconds(1)))
            writer.name("tables")
            writer.array { writer in
                for table in tables {
                    writer.object { writer in
                        writer.field("table", table.table)
                        writer.field("rows", table.source.rows)
                        writer.field("added", table.added)
                        writer.field("changed", table.changed)
                        writer.field("removed", table.removed)
                        guard isFinal else { return }
                        writer.field("rowsAtDestination", table.destination.rows)
                        writer.field("checksum", Self.hex(table.source.checksum))
                        writer.field("checksumAtDestination", Self.hex(table.destination.checksum))
                        writer.field("equal", table.isEqual)
                    }
                }
            }
        }
    }
}
