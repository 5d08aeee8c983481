import GodwitCore
import GodwitStore

/// Twice changes nothing more. Index: primary key.
struct ExpungeMessage: SQLStatement {
    static let sql = "UPDATE messages SET payload = NULL, raw_body = NULL WHERE key = ?1"

    let key: Int64

    func bind(to statement: some SQLParameters) { statement.bind(key, at: 1) }
}

/// Twice changes nothing more. Index: primary key.
struct ExpungeAttempt: SQLStatement {
    static let sql = """
        UPDATE attempts
        SET    failure_detail = CASE WHEN failure_detail IS NULL THEN NULL ELSE ?4 END,
               body = CASE WHEN body IS NULL THEN NULL ELSE ?5 END
        WHERE  message_key = ?1 AND key = ?2 AND id = ?3
        """
    static let largeValueIndex: Int32 = 5

    let message: Int64
    let key: Int64
    let id: String

    var largeValue: [UInt8]? { Array(AttemptOutcome.expungedText.utf8) }

    func bind(to statement: some SQLParameters) {
        statement.bind(message, at: 1)
        statement.bind(key, at: 2)
        statement.bind(id, at: 3)
        statement.bind(AttemptOutcome.expungedText, at: 4)
    }
}

extension SQLConnection {
    /// Inside a transaction.
    func change(_ command: ContentCommand, at now: Instant) throws(StoreError) -> ContentResult {
        switch command {
        case .expungeMessages(let application, let references):
            var found: [Bool] = []
            var cancelled: [DeliveryKey] = []
            for reference in references {
                let message = try message(application: application, reference)
                found.append(message != nil)
                if let message { cancelled += try expunge(message.id.key, at: now) }
            }
            return .expunged(found: found, cancelled: cancelled)
        case .expungeAttempt(let message, let reference):
            guard case .id(let key, let id) = reference,
                try run(ExpungeAttempt(message: message, key: key, id: id)) == 1
            else { throw StoreError(.notFound, "attempt not found") }
            return .done
        }
    }

    /// - Returns: what was cancelled, for nothing is left to send.
    func expunge(_ message: Int64, at now: Instant) throws(StoreError) -> [DeliveryKey] {
        try run(ExpungeMessage(key: message))
        return try cancelDeliveries(of: message, at: now)
    }

    /// Whatever lease holds them: a result that comes later finds nothing to move.
    func cancelDeliveries(of message: Int64, at now: Instant) throws(StoreError) -> [DeliveryKey] {
        var cancelled: [DeliveryKey] = []
        for delivery in try all(Locked(DeliveriesOfMessage(message: message))) {
            var machine = delivery.machine
            guard machine.cancel(at: now) else { continue }
            try replace(delivery.key, delivery.machine, with: machine)
            cancelled.append(delivery.key)
        }
        return cancelled
    }
}
