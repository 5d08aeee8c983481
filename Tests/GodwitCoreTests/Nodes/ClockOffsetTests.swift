import GodwitCore
import Testing

@Suite("The offset of another clock") struct ClockOffsetTests {
    private static func at(_ milliseconds: Int64) -> Instant { Instant(millisecondsSince1970: milliseconds) }

    @Test("is guessed from the middle, and never farther from the truth than half the time that the answer took")
    func guess() {
        for delay in 0...100 as ClosedRange<Int64> {
            let offset = ClockOffset(answered: Self.at(50_000 + delay), asked: Self.at(0), heard: Self.at(100))
            #expect(abs(offset.milliseconds - 50_000) <= 50)
        }
    }

    @Test("is moved by no slow answer that it agrees with")
    func slow() {
        var offset = ClockOffset(answered: Self.at(5000), asked: Self.at(0), heard: Self.at(2))
        let before = offset.milliseconds
        offset.follow(answered: Self.at(15_000), asked: Self.at(10_000), heard: Self.at(18_000))
        #expect(offset.milliseconds == before)
        offset.follow(answered: Self.at(17_900), asked: Self.at(10_000), heard: Self.at(18_000))
        #expect(offset.milliseconds == before)
    }

    @Test("follows a step of the other clock, forward and back")
    func step() {
        var offset = ClockOffset(answered: Self.at(5000), asked: Self.at(0), heard: Self.at(2))
        for step in [90_000, -90_000] as [Int64] {
            offset.follow(answered: Self.at(10_000 + 5000 + step), asked: Self.at(10_000), heard: Self.at(10_004))
            #expect((4996 + step...5000 + step).contains(offset.milliseconds))
        }
    }

    @Test("gets better with each quick answer")
    func converges() {
        var offset = ClockOffset(answered: Self.at(5000), asked: Self.at(0), heard: Self.at(2000))
        #expect(offset.milliseconds == 4000)
        offset.follow(answered: Self.at(8001), asked: Self.at(3000), heard: Self.at(3002))
        #expect((4999...5001).contains(offset.milliseconds))
    }
}
