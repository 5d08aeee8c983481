import GodwitCore

/// What is going to happen, by time and then by the order in which it was planned, so that one seed gives one course of events.
struct EventQueue<Event> {
    private struct Entry: Comparable {
        let at: Instant
        let number: Int
        let event: Event

        static func < (left: Entry, right: Entry) -> Bool { (left.at, left.number) < (right.at, right.number) }
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    private var entries: [Entry] = []
    private var planned = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func plan(_ event: Event, at instant: Instant) {
        planned += 1
        let entry = Entry(at: instant, number: planned, event: event)
        var low = 0
        var high = entries.count
        // Latest first, so that the next one is taken from the end.
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] > entry { low = middle + 1 } else { high = middle }
        }
        entries.insert(entry, at: low)
    }

    mutating func next() -> (at: Instant, event: Event)? { entries.popLast().map { ($0.at, $0.event) } }

    mutating func removeAll(where matches: (Event) -> Bool) { entries.removeAll { matches($0.event) } }
}
