import GodwitCore
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@testable import GodwitHTTP

@Suite("Rates of callers") struct CallerRatesTests {
    private final class Clock: Sendable {
        let nanoseconds = Atomic<UInt64>(1_000_000_000_000)
        func advance(_ duration: UInt64) { nanoseconds.add(duration, ordering: .relaxed) }
    }

    private func caller(_ organization: String, application: Int64? = nil) throws -> Caller {
        let organization = try #require(OrganizationID(organization))
        return Caller(
            organization: organization, application: application.map { ApplicationID(key: $0, nonce: .init(high: 0, low: 0)) },
            readOnly: false, capabilities: [], featureFlags: [],
            token: TokenIdentity(
                organization: organization, id: "tok", issuedAt: .distantPast, expiresAt: .distantFuture, signingKey: "k"))
    }

    private func admits(_ rates: CallerRates, _ caller: Caller) -> Bool { (try? rates.admit(caller)) != nil }

    @Test("are each caller's own")
    func own() throws {
        let clock = Clock()
        let rates = CallerRates(perSecond: 2) { .uptimeNanoseconds(clock.nanoseconds.load(ordering: .relaxed)) }
        let callers = try [caller("org_a"), caller("org_b"), caller("org_a", application: 1), caller("org_a", application: 2)]
        for caller in callers { #expect((0..<5).map { _ in admits(rates, caller) } == [true, true, false, false, false]) }
        let refusal = #expect(throws: Problem.self) { try rates.admit(callers[0]) }
        #expect(refusal?.status == .tooManyRequests && refusal?.headers[.retryAfter] == "1")
        clock.advance(500_000_001)
        for caller in callers { #expect((0..<2).map { _ in admits(rates, caller) } == [true, false]) }
    }

    @Test("of more callers than are known are one, until some rest")
    func bounded() throws {
        let clock = Clock()
        let rates = CallerRates(perSecond: 1) { .uptimeNanoseconds(clock.nanoseconds.load(ordering: .relaxed)) }
        for number in 0..<Limits.ratedCallers { #expect(admits(rates, try caller("org_\(number)"))) }
        #expect(admits(rates, try caller("org_late")))
        // They share what one may do.
        #expect(!admits(rates, try caller("org_later")))
        // Those that were known keep their own.
        #expect(!admits(rates, try caller("org_0")))
        clock.advance(1_000_000_001)
        #expect(admits(rates, try caller("org_later")))
        #expect(admits(rates, try caller("org_late")))
        #expect(!admits(rates, try caller("org_late")))
    }
}
