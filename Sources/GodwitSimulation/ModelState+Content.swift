import GodwitCore
import GodwitStore

extension ModelState {
    mutating func change(_ command: ContentCommand, at now: Instant) throws(StoreError) -> ContentResult {
        switch command {
        case .expungeMessages(let application, let references):
            var cancelled: [DeliveryKey] = []
            let found = references.map { reference in
                guard let message = message(application: application, reference) else { return false }
                cancelled += expunge(message.id.key, at: now)
                return true
            }
            return .expunged(found: found, cancelled: cancelled)
        case .expungeAttempt(let message, let reference):
            guard case .id(let key, let id) = reference, let attempt = attempts[key], attempt.delivery.message == message,
                attempt.id.description == id
            else { throw StoreError(.notFound, "attempt not found") }
            attempts[key] = attempt.expunged
            return .done
        }
    }

    mutating func expunge(_ message: Int64, at now: Instant) -> [DeliveryKey] {
        messages[message] = messages[message]?.withoutPayload
        return cancelDeliveries(of: message, at: now)
    }

    mutating func cancelDeliveries(of message: Int64, at now: Instant) -> [DeliveryKey] {
        var cancelled: [DeliveryKey] = []
        for delivery in deliveries(ofMessage: message) {
            var machine = delivery.machine
            guard machine.cancel(at: now) else { continue }
            put(delivery.key, delivery.sequence, machine)
            cancelled.append(delivery.key)
        }
        return cancelled
    }
}
