#if Postgres
import GodwitCore
import GodwitStore
import Testing

@testable import GodwitPostgres
@testable import GodwitSQL

/// What is written together, and what never is.
@Suite("Statements that wait for PostgreSQL")
struct PostgresQueueTests {
    private var queue = PostgresQueue()

    private func insert(_ message: Int64) -> InsertDelivery {
        InsertDelivery(key: DeliveryKey(message: message, endpoint: 1), sequence: message, machine: .waiting(due: .distantPast))
    }

    private func replace(_ message: Int64) -> ReplaceDelivery {
        ReplaceDelivery(key: DeliveryKey(message: message, endpoint: 1), machine: .waiting(due: .distantPast))
    }

    private func label(_ message: Int64, bytes: Int = 1) -> InsertMessageLabel {
        InsertMessageLabel(application: 1, label: String(repeating: "x", count: bytes), message: message)
    }

    private func batch(_ statement: (some BatchedStatement).Type) -> ObjectIdentifier {
        func key<Statement: BatchedStatement>(_: Statement.Type) -> ObjectIdentifier { ObjectIdentifier(Batch<Statement>.self) }
        return key(statement)
    }

    @Test("are one for many rows, whatever else is between that touches other rows")
    mutating func folded() {
        for message in 1...5 as ClosedRange<Int64> {
            queue.add(insert(message), nil)
            queue.add(label(message), nil)
            if message > 1 { queue.add(replace(message - 1), nil) }
        }
        // The last one's row was never touched by the kind that it passes.
        #expect(
            queue.requests.map(\.key)
                == [batch(InsertDelivery.self), batch(InsertMessageLabel.self), batch(ReplaceDelivery.self)])
    }

    @Test("are plain for one row")
    mutating func single() {
        queue.add(insert(1), nil)
        queue.add(label(1), nil)
        #expect(
            queue.requests.map(\.key) == [ObjectIdentifier(InsertDelivery.self), ObjectIdentifier(InsertMessageLabel.self)])
    }

    @Test("touch a row in the order in which they were given")
    mutating func order() {
        queue.add(replace(1), nil)
        queue.add(insert(2), nil)
        // Not before the row is there.
        queue.add(replace(2), nil)
        queue.add(replace(3), nil)
        #expect(
            queue.requests.map(\.key)
                == [ObjectIdentifier(ReplaceDelivery.self), ObjectIdentifier(InsertDelivery.self), batch(ReplaceDelivery.self)])
    }

    @Test("touch no row twice at once")
    mutating func twice() {
        for message in [1, 2, 1, 2, 3, 1] as [Int64] { queue.add(replace(message), nil) }
        #expect(
            queue.requests.map(\.key) == [
                batch(ReplaceDelivery.self), batch(ReplaceDelivery.self), ObjectIdentifier(ReplaceDelivery.self),
            ])
    }

    @Test("never pass a statement of which nobody knows what it touches")
    mutating func barrier() {
        queue.add(insert(1), nil)
        queue.add(PostgresRequest(BeginCommand()), isAwaited: false) { _ in }
        queue.add(insert(2), nil)
        queue.add(insert(3), nil)
        #expect(
            queue.requests.map(\.key)
                == [ObjectIdentifier(InsertDelivery.self), ObjectIdentifier(BeginCommand.self), batch(InsertDelivery.self)])
    }

    @Test("are as many as the bound of rows needs")
    mutating func rows() {
        for message in 1...Int64(Limits.batchedRows) { queue.add(insert(message), nil) }
        #expect(queue.requests.count == 1)
        queue.add(insert(0), nil)
        #expect(queue.requests.map(\.key) == [batch(InsertDelivery.self), ObjectIdentifier(InsertDelivery.self)])
        queue.add(insert(-1), nil)
        #expect(queue.requests.map(\.key) == [batch(InsertDelivery.self), batch(InsertDelivery.self)])
    }

    @Test("are as many as the bound of bytes needs")
    mutating func bytes() {
        let half = Limits.batchedBytes / 2
        for message in 1...3 as ClosedRange<Int64> { queue.add(label(message, bytes: half), nil) }
        #expect(queue.requests.map(\.key) == [batch(InsertMessageLabel.self), ObjectIdentifier(InsertMessageLabel.self)])
        #expect(queue.bytes > 3 * half && queue.bytes < 3 * half + 200)
        // One row may be larger than that.
        queue.add(label(4, bytes: 2 * half), nil)
        #expect(queue.requests.count == 2)
    }

    @Test("are sent at once when they are many")
    mutating func full() {
        for message in 1...Int64(Limits.pipelinedStatements) {
            #expect(!queue.isFull)
            queue.add(replace(0 * message), nil)
        }
        #expect(queue.isFull)
    }

    @Test("are awaited only when somebody is to hear of them")
    mutating func awaited() {
        queue.add(insert(1), nil)
        queue.add(PostgresRequest(BeginCommand()), isAwaited: false) { _ in }
        #expect(!queue.isAwaited)
        queue.add(insert(2)) { _ in }
        #expect(queue.isAwaited)
    }

    @Test("have arrays in the place of values")
    func texts() {
        let all: [any BatchedStatement.Type] = [
            InsertMessage.self, InsertMessageLabel.self, InsertDelivery.self, MoveDelivery.self, ReplaceDelivery.self,
            InsertAttempt.self, AddStatistics.self, WriteLastSequence.self, InsertSharedIdempotencyRow.self, UpsertWake.self,
        ]
        for statement in all {
            #expect(statement.postgreSQLBatch.contains("FROM unnest(") || statement.postgreSQLBatch.contains("FROM   unnest("))
            #expect(!statement.postgreSQLBatch.contains("VALUES"))
        }
    }
}
#endif
