import GodwitBench
import Testing

struct LoadScheduleTests {
    private static let start: UInt64 = 5_000_000_000

    /// What is published when it is asked at these times, once each.
    private func publishes(_ schedule: inout LoadSchedule, at times: some Sequence<UInt64>) -> [LoadSchedule.Publish] {
        times.compactMap { time in
            if case .publish(let publish) = schedule.next(at: Self.start + time) { publish } else { nil }
        }
    }

    @Test("without a pace, publishes whenever asked, and marks what comes after the warm-up")
    func unpaced() {
        var schedule = LoadSchedule(pace: .unpaced, warmUp: .seconds(1), length: .time(.seconds(1)), start: Self.start)
        let seen = publishes(&schedule, at: [0, 10, 999_999_999, 1_000_000_000, 1_999_999_999])
        #expect(seen.map(\.sequence) == [0, 1, 2, 3, 4])
        #expect(seen.map(\.isMeasured) == [false, false, false, true, true])
        #expect(seen.map(\.sentAt) == [0, 10, 999_999_999, 1_000_000_000, 1_999_999_999].map { Self.start + $0 })
        #expect(schedule.next(at: Self.start + 2_000_000_000) == .finished)
        #expect(schedule.neverSent == 0)
    }

    @Test("ends after the wanted number of measured events, whatever the time")
    func counted() {
        var schedule = LoadSchedule(pace: .unpaced, warmUp: .seconds(1), length: .events(3), start: Self.start)
        #expect(publishes(&schedule, at: [0, 1, 2_000_000_000, 9_000_000_000, 99_000_000_000]).filter(\.isMeasured).count == 3)
        #expect(schedule.next(at: Self.start + 99_000_000_001) == .finished)
    }

    @Test("with a pace, publishes nothing before it is due")
    func paced() {
        var schedule = LoadSchedule(pace: .perSecond(4), warmUp: .zero, length: .time(.seconds(1)), start: Self.start)
        #expect(publishes(&schedule, at: [0, 1, 2]).map(\.sequence) == [0])
        #expect(schedule.next(at: Self.start + 249_999_999) == .wait)
        #expect(publishes(&schedule, at: [250_000_000]).map(\.sequence) == [1])
    }

    @Test("with a pace, gives what is late the time at which it was due")
    func late() {
        var schedule = LoadSchedule(pace: .perSecond(1000), warmUp: .zero, length: .time(.seconds(2)), start: Self.start)
        let seen = publishes(&schedule, at: Array(repeating: 100_000_000, count: 500))
        #expect(seen.map(\.sentAt) == (0...100).map { Self.start + UInt64($0) * 1_000_000 })
    }

    @Test("still sends the last that were due when the end comes between two steps")
    func lastOnes() {
        var schedule = LoadSchedule(pace: .perSecond(1000), warmUp: .zero, length: .time(.seconds(1)), start: Self.start)
        #expect(publishes(&schedule, at: Array(repeating: 1_000_500_000, count: 2000)).count == 1000)
        #expect(schedule.neverSent == 0)
    }

    @Test("counts what was due and never sent")
    func neverSent() {
        var schedule = LoadSchedule(pace: .perSecond(1000), warmUp: .zero, length: .time(.seconds(1)), start: Self.start)
        #expect(publishes(&schedule, at: Array(repeating: 900_000_000, count: 10)).count == 10)
        #expect(schedule.next(at: Self.start + 60_000_000_000) == .finished)
        #expect(schedule.neverSent == 990)
    }

    @Test("keeps its pace over an hour without drifting", arguments: [3, 7, 999_983])
    func noDrift(rate: Int) {
        var schedule = LoadSchedule(pace: .perSecond(rate), warmUp: .zero, length: .events(rate * 3), start: Self.start)
        let late = Array(repeating: UInt64(3_600_000_000_000), count: rate * 3)
        #expect(
            publishes(&schedule, at: late).last?.sentAt == Self.start + 2_000_000_000 + UInt64(rate - 1) * 1_000_000_000
                / UInt64(rate))
    }
}
