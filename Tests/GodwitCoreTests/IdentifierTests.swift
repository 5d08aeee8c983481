import GodwitCore
import Testing

@Suite("Identifiers") struct IdentifierTests {
    static let now = Instant(millisecondsSince1970: 1_764_000_000_123)

    @Test("are a prefix and 27 base62 digits that read back as the same identifier")
    func roundTrip() throws {
        var generator = IdentifierGenerator()
        var random = SeededGenerator(seed: 3)
        for step in 0..<2000 {
            let id = generator.next(MessageKind.self, at: Self.now + .milliseconds(step * 7), using: &random)
            let text = id.description
            #expect(text.count == 31)
            #expect(text.hasPrefix("msg_"))
            #expect(try #require(MessageID(text)) == id)
            #expect(Array(text.utf8) == id.utf8)
        }
    }

    @Test("sort as text in the order in which they were made, also when the clock steps back")
    func order() {
        var generator = IdentifierGenerator()
        var random = SeededGenerator(seed: 4)
        let steps = [0, 0, 0, 4, 3, 8, -5000, -5000, 100, 2_000_000_000]
        let ids = steps.map { generator.next(MessageKind.self, at: Self.now + .milliseconds($0), using: &random) }
        let texts = ids.map(\.description)
        #expect(texts == texts.sorted())
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0.key < $1.key })
    }

    @Test("know when they were made, to 4 ms")
    func time() {
        var generator = IdentifierGenerator()
        var random = SeededGenerator(seed: 5)
        let id = generator.next(MessageKind.self, at: Self.now, using: &random)
        #expect(Self.now - id.createdAt < .milliseconds(4))
        #expect(id.createdAt <= Self.now)
    }

    @Test("are never the same on two nodes, and grow on each", arguments: [0, 1, 5, 1022, 1023] as [Int64])
    func slots(slot: Int64) {
        var random = SeededGenerator(seed: 8)
        var own = IdentifierGenerator(slot: slot)
        var other = IdentifierGenerator(after: TimeKey.first(at: Self.now) + 77, slot: (slot + 1) % 1024)
        var all = IdentifierGenerator()
        var keys: [Int64] = []
        var others: Set<Int64> = []
        // The clock stands still for more keys than a slot has in one unit, steps back, and goes over the end of a second.
        for step in 0..<40_000 {
            let now = Self.now + .milliseconds(step < 20_000 ? 0 : step < 25_000 ? -5000 : step / 20)
            keys.append(own.next(MessageKind.self, at: now, using: &random).key)
            others.insert(other.next(MessageKind.self, at: now, using: &random).key)
            _ = all.next(MessageKind.self, at: now, using: &random)
        }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 })
        #expect(others.count == 40_000 && others.isDisjoint(with: keys))
        #expect(keys.allSatisfy { ($0 >> 13) & 1023 == slot && ($0 >> 23) & 0xFF < 250 })
        own.move(to: 3)
        let moved = own.next(MessageKind.self, at: Self.now, using: &random).key
        #expect(moved > keys[keys.count - 1] && (moved >> 13) & 1023 == 3)
    }

    @Test("continue after the greatest key in use")
    func continuation() {
        var generator = IdentifierGenerator(after: TimeKey.first(at: Self.now) + 41)
        var random = SeededGenerator(seed: 6)
        let next = generator.next(MessageKind.self, at: Self.now, using: &random)
        #expect(next.key == TimeKey.first(at: Self.now) + 42)
    }

    @Test(
        "refuse texts that were never issued",
        arguments: [
            "", "msg_", "msg_0", "app_000000000000000000000000000", "msg_00000000000000000000000000!",
            "msg_0000000000000000000000000000",
            "msg_zzzzzzzzzzzzzzzzzzzzzzzzzzz", "MSG_000000000000000000000000000",
        ])
    func malformed(text: String) { #expect(MessageID(text) == nil) }

    @Test(
        "of organizations are a prefix and a name",
        arguments: [
            ("org_a", true), ("org_23rb8YdGqMT0qIzpgGwdXfHirMu", true), ("org_", false), ("app_a", false), ("org_a b", false),
            ("org_" + String(repeating: "x", count: 252), true), ("org_" + String(repeating: "x", count: 253), false),
        ])
    func organization(text: String, isValid: Bool) { #expect((OrganizationID(text) != nil) == isValid) }
}
