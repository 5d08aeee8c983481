import GodwitCore
import GodwitStore

/// What one pass over a table did at the destination, and how the table stands on both sides.
package struct TableReport: Sendable {
    package let table: String
    package internal(set) var added = 0
    package internal(set) var changed = 0
    package internal(set) var removed = 0
    package internal(set) var source = TableTally()
    /// As it was read back. Only the last pass does that.
    package internal(set) var destination = TableTally()

    package var isEqual: Bool { source == destination }
}

/// Makes a table at the destination what it is at the source: both are walked along their keys, and what differs is written. So it
/// may be interrupted at any row and run again, any number of times: what is there already is compared, not copied.
struct TablePass<Table: MovedTable> {
    let source: any SQLConnection
    let destination: any SQLConnection
    /// Nobody writes to the source meanwhile.
    let isFinal: Bool

    func run() throws(StoreError) -> TableReport {
        var report = TableReport(table: Table.name)
        var differences = RowDifferences<Table>()
        try walk { difference throws(StoreError) in
            switch difference {
            case .none(let row):
                report.source.add(row)
                report.destination.add(row)
            case .missing(let row):
                report.added += 1
                report.source.add(row)
            case .different(let row, _):
                report.changed += 1
                report.source.add(row)
            case .superfluous: report.removed += 1
            }
            differences.note(difference)
            if differences.isFull { try settle(&differences) }
        }
        try settle(&differences)
        if isFinal, report.added + report.changed + report.removed > 0 { report.destination = try tally() }
        return report
    }

    /// A value that only one row may have can have gone from one row to another, whose turn is later. Then all that differs is
    /// removed first. While the source is written to, even that may not be enough: what is left then is left to a later pass.
    private func settle(_ differences: inout RowDifferences<Table>) throws(StoreError) {
        defer { differences = RowDifferences() }
        do throws(StoreError) { try differences.write(to: destination) } catch {
            guard error.code == .conflict else { throw error }
            guard isFinal else { return }
            try removeAllThatDiffers()
            try differences.write(to: destination)
        }
    }

    private func removeAllThatDiffers() throws(StoreError) {
        var stale = RowDifferences<Table>()
        try walk { difference throws(StoreError) in
            stale.noteRemoval(difference)
            guard stale.isFull else { return }
            try stale.write(to: destination)
            stale = RowDifferences()
        }
        try stale.write(to: destination)
    }

    private func walk(_ body: (RowDifference) throws(StoreError) -> Void) throws(StoreError) {
        let wanted = MovedRowReader<Table>(source)
        let standing = MovedRowReader<Table>(destination)
        while true {
            switch (try wanted.next, try standing.next) {
            case (nil, nil): return
            case (let row?, nil):
                wanted.advance()
                try body(.missing(row))
            case (nil, let stale?):
                standing.advance()
                try body(.superfluous(stale))
            case (let row?, let other?) where row.comesBefore(other, in: Table.layout):
                wanted.advance()
                try body(.missing(row))
            case (let row?, let other?) where other.comesBefore(row, in: Table.layout):
                standing.advance()
                try body(.superfluous(other))
            case (let row?, let other?):
                wanted.advance()
                standing.advance()
                try body(row == other ? .none(row) : .different(row, from: other))
            }
        }
    }

    private func tally() throws(StoreError) -> TableTally {
        var tally = TableTally()
        let reader = MovedRowReader<Table>(destination)
        while let row = try reader.next {
            tally.add(row)
            reader.advance()
        }
        return tally
    }
}
