import GodwitCore
import GodwitStore

/// The rows of one table by their keys, in batches of bounded size. Between two batches others may write.
final class MovedRowReader<Table: MovedTable> {
    private let connection: any SQLConnection
    private var batch: [MovedRow] = []
    private var position = 0
    private var last: MovedRow?
    private var isAtEnd = false

    init(_ connection: any SQLConnection) { self.connection = connection }

    /// The next row; it stays the next until `advance`.
    var next: MovedRow? {
        get throws(StoreError) {
            if position == batch.count, !isAtEnd { try read() }
            return position < batch.count ? batch[position] : nil
        }
    }

    func advance() { position += 1 }

    private func read() throws(StoreError) {
        let layout = Table.layout
        let former = last
        var bytes = 0
        var rows = try connection.rows(ReadMovedRows<Table>(from: former?.key(of: layout) ?? layout.smallestKey)) { row in
            if let former, row.hasKey(of: former, in: layout) { return false }
            bytes += row.size
            return bytes >= Limits.movedBytes
        }
        isAtEnd = rows.count < ReadMovedRows<Table>.limit && bytes < Limits.movedBytes
        // It was the last one of the batch before, unless it was deleted since.
        if let former, let first = rows.first, first.hasKey(of: former, in: layout) { rows.removeFirst() }
        last = rows.last ?? last
        batch = rows
        position = 0
    }
}
