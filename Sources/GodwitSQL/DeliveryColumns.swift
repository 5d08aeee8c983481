import GodwitCore
import GodwitStore

/// A delivery's machine as columns.
enum DeliveryColumns {
    static let names = list.joined(separator: ", ")
    /// For joins.
    static let qualifiedNames = list.map { "deliveries.\($0)" }.joined(separator: ", ")
    static let count: Int32 = 9
    static let types: [ArrayType] = [.text, .bigint, .bigint, .bigint, .bigint, .bigint, .text, .bigint, .bigint]
    /// From a row called `new`.
    static let assignments = list.map { "\($0) = new.\($0)" }.joined(separator: ", ")

    /// Of a batch. The smallest message of all rows again: partitions before it are passed over without a look for each row.
    static func isNewRow(smallestKey index: Int32) -> String {
        """
        deliveries.message_key = new.message_key AND deliveries.endpoint_key = new.endpoint_key \
        AND deliveries.message_key >= $\(index)::bigint AND \(BatchText.few("new.message_key"))
        """
    }

    private static let list = [
        "state", "due_at", "lease", "finished_at", "attempts", "scheduled_attempts", "resume_state", "resume_at", "line",
    ]

    static func bind(_ machine: DeliveryStateMachine, to statement: some SQLParameters, from index: Int32) {
        var due: Instant?
        var lease: Int64?
        var finished: Instant?
        switch machine.state {
        case .waiting(let at):
            statement.bind("waiting" as StaticString, at: index)
            due = at
        case .inFlight(let holder):
            statement.bind("in_flight" as StaticString, at: index)
            lease = holder.rawValue
        case .delivered(let at):
            statement.bind("delivered" as StaticString, at: index)
            finished = at
        case .exhausted(let at):
            statement.bind("exhausted" as StaticString, at: index)
            finished = at
        case .cancelled(let at):
            statement.bind("cancelled" as StaticString, at: index)
            finished = at
        }
        statement.bind(due, at: index + 1)
        statement.bind(lease, at: index + 2)
        statement.bind(finished, at: index + 3)
        statement.bind(machine.attempts, at: index + 4)
        statement.bind(machine.scheduledAttempts, at: index + 5)
        bind(machine.resume, to: statement, from: index + 6)
        statement.bind(machine.line, at: index + 8)
    }

    private static func bind(_ resume: ResumePoint?, to statement: some SQLParameters, from index: Int32) {
        switch resume {
        case nil:
            statement.bindNull(at: index)
            statement.bindNull(at: index + 1)
        case .waiting(let due):
            statement.bind("waiting" as StaticString, at: index)
            statement.bind(due, at: index + 1)
        case .delivered(let at):
            statement.bind("delivered" as StaticString, at: index)
            statement.bind(at, at: index + 1)
        case .exhausted(let at):
            statement.bind("exhausted" as StaticString, at: index)
            statement.bind(at, at: index + 1)
        }
    }

    static func machine(_ row: some SQLRow, from column: Int32) throws(StoreError) -> DeliveryStateMachine {
        let state: DeliveryState =
            switch row.text(column) {
            case "waiting": .waiting(due: row.instant(column + 1))
            case "in_flight": .inFlight(Lease(rawValue: row.integer(column + 2)))
            case "delivered": .delivered(at: row.instant(column + 3))
            case "exhausted": .exhausted(at: row.instant(column + 3))
            case "cancelled": .cancelled(at: row.instant(column + 3))
            default: throw StoreError(.unusable, "a delivery's state in the store is unknown")
            }
        return DeliveryStateMachine(
            state: state, attempts: Int(row.integer(column + 4)), scheduledAttempts: Int(row.integer(column + 5)),
            resume: try resumePoint(row, from: column + 6), line: row.optionalInteger(column + 8))
    }

    private static func resumePoint(_ row: some SQLRow, from column: Int32) throws(StoreError) -> ResumePoint? {
        switch row.optionalText(column) {
        case nil: nil
        case "waiting": .waiting(due: row.instant(column + 1))
        case "delivered": .delivered(at: row.instant(column + 1))
        case "exhausted": .exhausted(at: row.instant(column + 1))
        default: throw StoreError(.unusable, "a delivery's resume point in the store is unknown")
        }
    }
}

extension DeliveryKey {
    var row: WrittenRow { WrittenRow(.deliveries, message, endpoint) }
}
