import GodwitCore
import GodwitStore

/// A publisher's own identifier of a message, unique in the application.
struct EventID: Hashable {
    let application: Int64
    let text: String
}

extension Message {
    var ownEventID: EventID? { eventID.map { EventID(application: application, text: $0) } }
}

/// Which event ids are in use, as the publishes of one transaction will ask: for all of them at once, where the database is far away.
///
/// Whoever changes messages in another way within the transaction calls `forget`; from then on each is looked for when it is asked for.
struct EventIDs {
    private var asked: Set<EventID> = []
    private var used: Set<EventID> = []

    mutating func take(_ used: [EventID], ofAsked asked: Set<EventID>) {
        self.asked = asked
        self.used = Set(used)
    }

    func isUsed(_ eventID: EventID, on connection: some SQLConnection) throws(StoreError) -> Bool {
        if asked.contains(eventID) { return used.contains(eventID) }
        return try connection.first(FindEventID(eventID: eventID)) != nil
    }

    mutating func note(_ eventID: EventID) {
        if asked.contains(eventID) { used.insert(eventID) }
    }

    mutating func forget() { self = EventIDs() }
}
