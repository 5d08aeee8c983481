import GodwitCore
import HeapModule

/// What is going to happen, by time and then by the order in which it was planned, so that one seed gives one course of events.
struct EventQueue<Event> {
    private struct Entry: Comparable {
        let at: Instant
        let number: Int
        let event: Event

        static func < (left: Entry, right: Entry) -> Bool { (left.at, left.number) < (right.at, right.number) }
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    private var entries = Heap<Entry>()
    private var planned = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func plan(_ event: Event, at instant: Instant) {
        planned += 1
        entries.insert(Entry(at: instant, number: planned, event: event))
    }

    mutating func next() -> (at: Instant, event: Event)? { entries.popMin().map { ($0.at, $0.event) } }

    mutating func removeAll(where matches: (Event) -> Bool) {
        entries = Heap(entries.unordered.filter { !matches($0.event) })
    }
}
