import GodwitCore
import GodwitStore

/// How a row of the source and one of the destination with the same key stand to each other.
enum RowDifference {
    case none(MovedRow)
    case missing(MovedRow)
    case different(MovedRow, from: MovedRow)
    case superfluous(MovedRow)
}

/// What one transaction will write at the destination.
struct RowDifferences<Table: MovedTable> {
    private var removals: [RemoveMovedRow<Table>] = []
    private var insertions: [InsertMovedRow<Table>] = []
    private var bytes = 0

    var isFull: Bool { removals.count + insertions.count >= Limits.movedRows || bytes >= Limits.movedBytes }

    mutating func note(_ difference: RowDifference) {
        noteRemoval(difference)
        switch difference {
        case .none, .superfluous: break
        case .missing(let row), .different(let row, _):
            insertions.append(InsertMovedRow(moved: row))
            bytes += row.size
        }
    }

    /// Leaves the row out that would take its place.
    mutating func noteRemoval(_ difference: RowDifference) {
        switch difference {
        case .none, .missing: break
        case .different(_, from: let stale), .superfluous(let stale): removals.append(RemoveMovedRow(row: stale))
        }
    }

    /// In one transaction; removals first, since a row that is written anew must not find itself.
    func write(to connection: any SQLConnection) throws(StoreError) {
        guard !removals.isEmpty || !insertions.isEmpty else { return }
        try connection.inTransaction { () throws(StoreError) in
            for removal in removals { try connection.runLater(removal) }
            for insertion in insertions { try connection.runInBatch(insertion) }
        }
    }
}
