/// A first-in first-out queue over one array, so that taking the head costs no shift.
struct DeliveryQueue {
    private var storage: [HeldDelivery?] = []
    private var head = 0

    var isEmpty: Bool { head == storage.count }
    var count: Int { storage.count - head }

    mutating func append(_ delivery: HeldDelivery) { storage.append(delivery) }

    mutating func popFirst() -> HeldDelivery? {
        guard head < storage.count else { return nil }
        let first = storage[head]
        storage[head] = nil
        head += 1
        if head == storage.count || head >= Limits.heldDeliveriesPerEndpoint {
            storage.removeFirst(head)
            head = 0
        }
        return first
    }

    mutating func remove(where isRemoved: (HeldDelivery) -> Bool) -> [HeldDelivery] {
        let all = removeAll()
        storage = all.filter { !isRemoved($0) }
        return storage.count == all.count ? [] : all.filter(isRemoved)
    }

    mutating func removeAll() -> [HeldDelivery] {
        let rest = storage[head...].compactMap(\.self)
        storage = []
        head = 0
        return rest
    }
}
