/// Members in turn: a queue over one array.
struct Ring<Member> {
    private var storage: [Member] = []
    private var head = 0

    var isEmpty: Bool { head == storage.count }

    mutating func append(_ member: Member) { storage.append(member) }

    mutating func popFirst() -> Member? {
        guard head < storage.count else { return nil }
        let first = storage[head]
        head += 1
        if head == storage.count || head >= 4096 {
            storage.removeFirst(head)
            head = 0
        }
        return first
    }
}
