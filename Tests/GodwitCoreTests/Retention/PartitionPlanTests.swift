import Testing

@testable import GodwitCore

@Suite("A plan of partitions")
struct PartitionPlanTests {
    private static let day = PartitionPlan.keysPerDay
    /// Day 4,500 since the keys' epoch, 6 hours past its beginning.
    private static let now = Instant(millisecondsSince1970: (TimeKey.epoch + 4500 * 86_400 + 21_600) * 1000)

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let days: Int?
        /// Days since the epoch of keys.
        let bounds: [Int64]
        let kept: [Int64]
        let added: [Int64]
        var replaces = true
    }

    static let cases = [
        Case(testDescription: "a fresh store", days: 7, bounds: [4502], kept: [4502], added: [4503]),
        Case(testDescription: "a fresh store by weeks", days: 30, bounds: [4502], kept: [4502], added: [4509, 4516]),
        Case(testDescription: "a fresh store for ever", days: nil, bounds: [4502], kept: [4502], added: [4530, 4558]),
        Case(testDescription: "enough is there", days: 7, bounds: [4502, 4503], kept: [4502, 4503], added: []),
        Case(
            testDescription: "the last bound is two widths ahead", days: 14, bounds: [4499, 4503], kept: [4499, 4503], added: []
        ),
        Case(
            testDescription: "a bit less than two widths", days: 14, bounds: [4499, 4502], kept: [4499, 4502], added: [4503]),
        Case(
            testDescription: "nobody made any for weeks: one range holds all of that", days: 7, bounds: [4470, 4471],
            kept: [4470, 4471], added: [4501, 4502, 4503]),
        Case(
            testDescription: "the same by weeks", days: 90, bounds: [4470], kept: [4470], added: [4505, 4512, 4519]),
        Case(
            testDescription: "a clock that was 10 days back", days: 7, bounds: [4502, 4503, 4511, 4512, 4513],
            kept: [4502, 4503], added: []),
        Case(
            testDescription: "the same, with something in those ranges", days: 7, bounds: [4502, 4503, 4511, 4512, 4513],
            kept: [4502, 4503, 4511, 4512, 4513], added: [], replaces: false),
        Case(
            testDescription: "a clock that was ahead, alone", days: 7, bounds: [4510, 4511], kept: [4510, 4511], added: []),
        Case(
            testDescription: "narrower ranges than before: the one that is being filled stays", days: 7,
            bounds: [4490, 4518, 4546, 4574], kept: [4490, 4518], added: []),
        Case(
            testDescription: "wider ranges than before", days: nil, bounds: [4501, 4502, 4503], kept: [4501, 4502, 4503],
            added: [4531, 4559]),
        Case(testDescription: "15 days are kept by weeks", days: 15, bounds: [4510], kept: [4510], added: [4517]),
        Case(testDescription: "91 days are kept by 28 days", days: 91, bounds: [4510], kept: [4510], added: [4538, 4566]),
    ]

    @Test("follows the last bound, up to two widths ahead", arguments: cases)
    func plan(_ example: Case) {
        let plan = PartitionPlan(
            now: Self.now, retentionDays: example.days, bounds: example.bounds.map { $0 * Self.day }, replaces: example.replaces
        )
        #expect(plan.kept.map { $0 / Self.day } == example.kept)
        #expect(plan.added.map { $0 / Self.day } == example.added)
        #expect(plan.isFulfilled == (example.kept == example.bounds && example.added.isEmpty))
        // Once it is carried out, nothing more is to be done.
        let again = PartitionPlan(
            now: Self.now, retentionDays: example.days, bounds: plan.kept + plan.added, replaces: example.replaces)
        #expect(again.isFulfilled)
    }

    @Test("has bounds in an order, whatever the clocks say")
    func order() {
        var random = SeededGenerator(seed: 7)
        var bounds = [4502 * Self.day]
        for _ in 0..<1000 {
            let now = Self.now + .seconds(Int64.random(in: -40...40, using: &random) * 86_400)
            let days = [nil, 1, 14, 15, 90, 91].randomElement(using: &random) ?? nil
            let plan = PartitionPlan(now: now, retentionDays: days, bounds: bounds, replaces: .random(using: &random))
            #expect(bounds.starts(with: plan.kept) && !plan.kept.isEmpty)
            bounds = plan.kept + plan.added
            #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
            #expect((bounds.last ?? 0) >= TimeKey.first(at: now) + 2 * PartitionPlan.width(retentionDays: days))
        }
    }

    @Test("calls a range ended when all of it is before")
    func ends() {
        let bounds = [1, 2, 3].map { $0 * Self.day }
        let end = TimeKey.instant(of: 2 * Self.day)
        #expect(PartitionPlan.ends(before: end, of: bounds) == [Self.day, 2 * Self.day])
        #expect(PartitionPlan.ends(before: end + .milliseconds(-4), of: bounds) == [Self.day])
    }
}
