import GodwitBench
import GodwitCore
import Testing

struct GoalTests {
    @Test(
        "is met at its bound and missed past it",
        arguments: [(0.95, true), (0.949, false), (nil, false)] as [(Double?, Bool)])
    func atLeast(measured: Double?, isMet: Bool) { #expect(Goal("a", "A", measured: measured, .atLeast(0.95)).isMet == isMet) }

    @Test("is met below its bound", arguments: [(2.0, true), (2.01, false), (nil, false)] as [(Double?, Bool)])
    func atMost(measured: Double?, isMet: Bool) { #expect(Goal("a", "A", measured: measured, .atMost(2)).isMet == isMet) }

    @Test("has no ratio without both values")
    func ratio() {
        #expect(Goal.ratio(1, of: 2) == 0.5 && Goal.ratio(nil, of: 2) == nil && Goal.ratio(1, of: nil) == nil)
        #expect(Goal.ratio(1, of: 0) == nil)
    }

    @Test("is written with its bound")
    func json() throws {
        let json = try JSONValue.parse(JSONWriter.write(Goal("p99_ratio", "p99", measured: 1.5, .atMost(2))))
        #expect(json["name"] == .string("p99_ratio") && json["measured"] == .number("1.500"))
        #expect(json["at_most"] == .number("2.000") && json["met"] == .bool(true))
        #expect(Goal("a", "A", measured: nil, .atLeast(0.95)).text == "not measured, at least 0.950 wanted")
    }

    @Test("a problem makes a verdict missed, whatever was measured")
    func problems() {
        let goal = Goal("a", "A", measured: 1, .atLeast(0.5))
        #expect(Verdict(goals: [goal], problems: []).isMet)
        #expect(!Verdict(goals: [goal], problems: ["lost"]).isMet)
        #expect(!Verdict(goals: [goal, Goal("b", "B", measured: nil, .atMost(1))], problems: []).isMet)
    }
}
