import GodwitSimulation
import Testing

@Suite("A fleet over one database") struct FleetTests {
    private static func plan(seed: UInt64 = 1) -> FleetPlan {
        var plan = FleetPlan()
        plan.nodes = 8
        plan.endpoints = 2000
        plan.eventsPerSecond = 300
        plan.publishing = .seconds(40)
        plan.regionLostAt = .seconds(10)
        plan.regionBackAt = .seconds(30)
        plan.seed = seed
        return plan
    }

    @Test("loses nothing when a region is lost", arguments: 1...3)
    func nothingLost(seed: UInt64) throws {
        var fleet = Fleet(Self.plan(seed: seed))
        fleet.run()
        let report = fleet.report
        #expect((11_000...13_000).contains(report.accepted))
        #expect(report.lost == 0)
        // The dead had renewed up to one renewal before; whoever sees to it looks up to one renewal later.
        #expect(report.takenOver > 0)
        let last = try #require(report.lastTakeOver)
        #expect(last > .seconds(8) && last < .seconds(13))
        // The other regions don't notice.
        let (before, after) = (report.delay(.before, quantile: 0.5), report.delay(.after, quantile: 0.5))
        #expect(try #require(after) <= 2 * #require(before))
    }

    @Test("without a loss has no duplicate and takes nothing over")
    func calm() {
        var plan = Self.plan()
        (plan.regionLostAt, plan.regionBackAt) = (nil, nil)
        var fleet = Fleet(plan)
        fleet.run()
        #expect(fleet.report.accepted > 5000)
        #expect((fleet.report.lost, fleet.report.duplicates, fleet.report.takenOver) == (0, 0, 0))
    }

    @Test("goes the same way for the same seed")
    func determinism() {
        func figures(_ seed: UInt64) -> [Int] {
            var fleet = Fleet(Self.plan(seed: seed))
            fleet.run()
            return [fleet.report.accepted, fleet.report.attempts, fleet.report.claims, fleet.report.duplicates]
        }
        #expect(figures(3) == figures(3))
        #expect(figures(3) != figures(4))
    }

    @Test("refuses plans that can't be simulated")
    func objections() {
        var plan = FleetPlan()
        #expect(plan.objection == nil)
        plan.nodes = 0
        #expect(plan.objection != nil)
        plan.nodes = 1001
        #expect(plan.objection != nil)
        plan.nodes = 1
        plan.regions = 1
        plan.regionBackAt = nil
        #expect(plan.objection?.contains("never comes back") == true)
    }
}
