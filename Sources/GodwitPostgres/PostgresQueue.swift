#if Postgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// What is sent with the next statement that somebody waits for.
struct PostgresQueue {
    typealias Note = (PostgresRows) throws(StoreError) -> Void

    private enum Entry {
        case statement(PostgresRequest, Note)
        case batch(PostgresBatch)
    }

    private var entries: [Entry] = []
    /// Of the parameters.
    private(set) var bytes = 0
    /// Somebody is to hear how one of them went.
    private(set) var isAwaited = false

    var isEmpty: Bool { entries.isEmpty }
    var isFull: Bool { entries.count >= Limits.pipelinedStatements || bytes >= Limits.pipelinedBytes }

    mutating func add(_ request: PostgresRequest, isAwaited: Bool, _ note: @escaping Note) {
        entries.append(.statement(request, note))
        bytes += request.parameters.bytes.count
        self.isAwaited = self.isAwaited || isAwaited
    }

    mutating func add<Statement: BatchedStatement>(_ statement: Statement, _ note: ((Int) -> Void)?) {
        isAwaited = isAwaited || note != nil
        let row = statement.row
        if let batch = batch(of: ObjectIdentifier(Statement.self), for: row), !batch.isFull {
            bytes -= batch.bytes
            batch.add(statement, row, note)
            bytes += batch.bytes
        } else {
            let batch = PostgresBatch(statement, row, note)
            entries.append(.batch(batch))
            bytes += batch.bytes
        }
    }

    /// A row that joins the last batch of its kind is written before what waits behind that batch. So it joins only if nothing behind it
    /// touches the same row, and no statement of another make is behind it, of which nobody knows what it touches. Nor does it
    /// join a batch that touches the row itself: one UPDATE changes a row once, and one INSERT can't update what it has inserted.
    private func batch(of kind: ObjectIdentifier, for row: WrittenRow) -> PostgresBatch? {
        for entry in entries.reversed() {
            guard case .batch(let batch) = entry, !batch.touches(row) else { return nil }
            if batch.kind == kind { return batch }
        }
        return nil
    }

    var requests: [PostgresRequest] {
        entries.map { entry in
            switch entry {
            case .statement(let request, _): request
            case .batch(let batch): batch.request
            }
        }
    }

    /// - Parameter answers: to all requests, in their order.
    func tell(_ answers: some Sequence<PostgresRows>) throws(StoreError) {
        for (entry, answer) in zip(entries, answers) {
            switch entry {
            case .statement(_, let note): try note(answer)
            case .batch(let batch): batch.tell(answer)
            }
        }
    }
}
#endif
