/// Deliveries of one endpoint that are ready to be sent. First attempts, retries and lines take turns, so that a backlog of
/// retries doesn't hold up what was just published; of each line one request is on the wire at a time.
struct LaneQueue {
    private struct Line {
        var queue = DeliveryQueue()
        /// Deliveries on the wire.
        var inFlight = 0
        /// One of them stays at the head of the line: nothing behind it is sent.
        var isHeldUp = false
    }

    private var fresh = DeliveryQueue()
    private var retries = DeliveryQueue()
    private var lines: [Int64: Line] = [:]
    /// Lines with something to send and nothing on the wire, in turn.
    private var readyLines: [Int64] = []
    private var readyHead = 0
    private var turn = 0
    private(set) var count = 0
    /// Deliveries of lines of which something is on the wire already.
    private var behind = 0
    /// Since when something waits for company.
    private(set) var waitingSince: Instant?

    /// How many could be sent now.
    var ready: Int { count - behind }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ delivery: HeldDelivery, at now: Instant) {
        count += 1
        if waitingSince == nil { waitingSince = now }
        guard let key = delivery.machine.line else {
            if delivery.machine.attempts == 0 { fresh.append(delivery) } else { retries.append(delivery) }
            return
        }
        var line = lines[key] ?? Line()
        if line.inFlight > 0 {
            behind += 1
        } else if line.queue.isEmpty {
            readyLines.append(key)
        }
        line.queue.append(delivery)
        lines[key] = line
    }

    /// - Returns: one delivery; or of a batch up to `limit`, those of one line one after the other.
    mutating func next(_ limit: Int, bytes: Int) -> [HeldDelivery] {
        var taken: [HeldDelivery] = []
        var size = 0
        while taken.count < limit, taken.isEmpty || size < bytes, ready > 0 {
            turn = (turn + 1) % 3
            switch turn {
            case 0: if let delivery = fresh.popFirst() { take(delivery, &taken, &size) }
            case 1: if let delivery = retries.popFirst() { take(delivery, &taken, &size) }
            default: takeLine(limit - taken.count, bytes: bytes, &taken, &size)
            }
        }
        // What a full batch leaves behind goes on waiting from when the first did: never longer than it may.
        if isEmpty { waitingSince = nil }
        return taken
    }

    private mutating func take(_ delivery: HeldDelivery, _ taken: inout [HeldDelivery], _ size: inout Int) {
        count -= 1
        size += delivery.payloadBytes
        taken.append(delivery)
    }

    private mutating func takeLine(_ limit: Int, bytes: Int, _ taken: inout [HeldDelivery], _ size: inout Int) {
        guard let key = popReadyLine(), var line = lines[key] else { return }
        var number = 0
        while number < limit, taken.isEmpty || size < bytes, let delivery = line.queue.popFirst() {
            take(delivery, &taken, &size)
            number += 1
        }
        line.inFlight = number
        behind += line.queue.count
        lines[key] = line
    }

    private mutating func popReadyLine() -> Int64? {
        guard readyHead < readyLines.count else { return nil }
        let key = readyLines[readyHead]
        readyHead += 1
        if readyHead == readyLines.count || readyHead >= 1024 {
            readyLines.removeFirst(readyHead)
            readyHead = 0
        }
        return key
    }

    /// A delivery of a line came back from the wire.
    ///
    /// - Parameter stays: it is still in its line.
    /// - Returns: what was queued behind one that stays, to be given back to the store, which knows when the line goes on.
    mutating func returned(to key: Int64, stays: Bool) -> [HeldDelivery] {
        guard var line = lines[key], line.inFlight > 0 else { return [] }
        line.inFlight -= 1
        line.isHeldUp = line.isHeldUp || stays
        guard line.inFlight == 0 else {
            lines[key] = line
            return []
        }
        behind -= line.queue.count
        if line.isHeldUp {
            lines[key] = nil
            count -= line.queue.count
            if isEmpty { waitingSince = nil }
            return line.queue.removeAll()
        }
        if line.queue.isEmpty {
            lines[key] = nil
        } else {
            lines[key] = line
            readyLines.append(key)
        }
        return []
    }

    /// Takes out what is queued of one message.
    mutating func remove(message: Int64) -> [HeldDelivery] {
        let isOfMessage: (HeldDelivery) -> Bool = { $0.message.id.key == message }
        var removed = fresh.remove(where: isOfMessage) + retries.remove(where: isOfMessage)
        count -= removed.count
        for key in lines.keys.sorted() {
            guard var line = lines[key] else { continue }
            let ofLine = line.queue.remove(where: isOfMessage)
            guard !ofLine.isEmpty else { continue }
            count -= ofLine.count
            if line.inFlight > 0 { behind -= ofLine.count }
            removed += ofLine
            let isDone = line.queue.isEmpty && line.inFlight == 0
            lines[key] = isDone ? nil : line
            if isDone { forgetReady(key) }
        }
        if isEmpty { waitingSince = nil }
        return removed
    }

    private mutating func forgetReady(_ key: Int64) {
        readyLines.removeFirst(readyHead)
        readyHead = 0
        readyLines.removeAll { $0 == key }
    }

    /// Everything that is queued, those of a line in their order. What is on the wire is still known.
    mutating func removeAll() -> [HeldDelivery] {
        var all = fresh.removeAll() + retries.removeAll()
        for key in lines.keys.sorted() {
            guard var line = lines[key] else { continue }
            all += line.queue.removeAll()
            lines[key] = line.inFlight > 0 ? line : nil
        }
        readyLines = []
        (readyHead, count, behind, waitingSince) = (0, 0, 0, nil)
        return all
    }
}
