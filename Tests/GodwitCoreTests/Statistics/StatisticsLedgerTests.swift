import GodwitCore
import Testing

@Suite("The statistics ledger") struct StatisticsLedgerTests {
    private let start = Instant(millisecondsSince1970: 1_780_000_020_000)

    private func machine(_ state: DeliveryState, attempts: Int = 0) -> DeliveryStateMachine {
        DeliveryStateMachine(state: state, attempts: attempts, scheduledAttempts: attempts, resume: nil)
    }

    @Test("counts a delivery where its message was published, and takes it off what it was")
    func moves() {
        var ledger = StatisticsLedger()
        let key = DeliveryKey(message: TimeKey.first(at: start), endpoint: 7)
        let minute = StatisticsKey(endpoint: 7, minute: start.minutesSince1970)
        ledger.noteDelivery(key, from: nil, to: machine(.waiting(due: start)))
        #expect(ledger.counters[minute]?.pending == 1)
        // Waiting or in flight: it stands the same.
        ledger.noteDelivery(key, from: .pending, to: machine(.inFlight(Lease(rawValue: 1))))
        #expect(ledger.counters[minute]?.pending == 1)
        let later = start + .seconds(3600)
        ledger.noteDelivery(key, from: .pending, to: machine(.waiting(due: later), attempts: 1))
        ledger.noteDelivery(key, from: .sending, to: machine(.exhausted(at: later), attempts: 2))
        var expected = EndpointCounters()
        expected.fail = 1
        #expect(ledger.counters == [minute: expected] && expected.deliveries == 1)
    }

    @Test("counts what was not attempted when it was cancelled")
    func cancellations() {
        var ledger = StatisticsLedger()
        let key = DeliveryKey(message: TimeKey.first(at: start), endpoint: 7)
        let later = start + .seconds(600)
        ledger.noteDelivery(key, from: .pending, to: machine(.cancelled(at: later)))
        let (first, last) = (start.minutesSince1970, later.minutesSince1970)
        #expect(ledger.counters[StatisticsKey(endpoint: 7, minute: first)]?.canceled == 1)
        #expect(ledger.counters[StatisticsKey(endpoint: 7, minute: last)]?.attemptsCanceled == 1)
    }

    @Test("adds minutes to the first of their hour")
    func hours() {
        let key = StatisticsKey(endpoint: 1, minute: 29_666_667)
        #expect(key.hour.minute % 60 == 0 && key.hour.minute <= key.minute && key.minute - key.hour.minute < 60)
        #expect(key.hour.hour == key.hour)
    }
}
