import GodwitCore
import Testing

@testable import GodwitHTTP

@Suite("A span of statistics") struct StatisticsSpanTests {
    private let now = Instant(millisecondsSince1970: 1_780_000_030_000)

    private func span(_ since: Duration, _ until: Duration = .zero) -> StatisticsSpan {
        StatisticsSpan(since: now + (.zero - since), until: now + (.zero - until), latest: Limits.statisticsSpan)
    }

    private func isAccepted(_ span: StatisticsSpan) -> Bool { (try? span.check(at: now)) != nil }

    @Test("is bounded, at the bound and one past it")
    func bounds() {
        let most = Limits.statisticsSpan + Limits.statisticsTolerance
        #expect(isAccepted(span(most)) && !isAccepted(span(most + .milliseconds(1))))
        let ahead = Limits.statisticsTolerance
        #expect(isAccepted(span(.zero, .zero - ahead)) && !isAccepted(span(.zero, .zero - ahead - .milliseconds(1))))
        #expect(isAccepted(span(.seconds(1), .seconds(1))) && !isAccepted(span(.seconds(1), .seconds(2))))
    }

    @Test("is widened to whole minutes, and to whole hours where minutes are no longer kept")
    func widening() {
        let minute = now.minutesSince1970
        #expect(span(.seconds(60)).minutes(at: now) == minute - 1..<minute + 1)
        let old = span(.seconds(20 * 86_400), .seconds(10 * 86_400)).minutes(at: now)
        #expect(old.lowerBound % 60 == 0 && old.upperBound % 60 == 0)
        #expect(old.lowerBound <= minute - 20 * 1440 && old.upperBound >= minute - 10 * 1440)
        let hours = span(.seconds(1)).hours
        #expect(hours.count == 60 && hours.contains(minute))
        #expect(span(.zero).minutes(at: Instant(millisecondsSince1970: 60_000)).count <= 60)
    }
}
