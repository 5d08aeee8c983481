import GodwitCore
import Testing

@Suite("A retry schedule") struct RetryScheduleTests {
    @Test("moves each wait by at most a fifth, and both ways", arguments: 1...7)
    func jitter(attempt: Int) throws {
        var random = SeededGenerator(seed: UInt64(attempt))
        let base = RetrySchedule.standard.delays[attempt - 1]
        var shorter = 0
        for _ in 0..<1000 {
            let drawn = RetryPolicy(.standard).delay(afterAttempts: attempt, using: &random)
            let delay = try #require(drawn)
            #expect(delay >= base * 0.8 && delay <= base * 1.2)
            if delay < base { shorter += 1 }
        }
        #expect((300...700).contains(shorter))
    }

    @Test("has no wait before the first attempt and none after the last", arguments: [0, 8, 100])
    func ends(attempts: Int) {
        var random = SeededGenerator(seed: 1)
        let delay = RetryPolicy(.standard).delay(afterAttempts: attempts, using: &random)
        #expect(delay == nil)
    }

    @Test("gives the same waits for the same seed")
    func deterministic() {
        var first = SeededGenerator(seed: 42)
        var second = SeededGenerator(seed: 42)
        for attempt in 1...7 {
            let once = RetryPolicy(.standard).delay(afterAttempts: attempt, using: &first)
            let again = RetryPolicy(.standard).delay(afterAttempts: attempt, using: &second)
            #expect(once == again)
        }
    }

    @Test(
        "is read from text",
        arguments: [
            ("5s,5m,30m,2h,5h,10h,10h", RetrySchedule.standard.delays), ("", []),
            (" 1s , 250ms", [.seconds(1), .milliseconds(250)]),
            ("0s,1d", [.zero, .seconds(86_400)]),
        ])
    func parsing(text: String, delays: [Duration]) throws {
        #expect(try RetrySchedule(parsing: text).delays == delays)
    }

    @Test(
        "refuses what is no wait, and names it",
        arguments: ["5", "5x", "s", "1s,,2s", "1s,", "-1s", "1.5s", "366d", "99999999999999999999s"])
    func badText(text: String) {
        #expect(throws: RetryScheduleError.self) { try RetrySchedule(parsing: text) }
    }

    @Test("has at most a hundred waits")
    func limit() throws {
        let hundred = Array(repeating: "1s", count: Limits.retries).joined(separator: ",")
        #expect(try RetrySchedule(parsing: hundred).delays.count == Limits.retries)
        #expect(throws: RetryScheduleError.self) { try RetrySchedule(parsing: hundred + ",1s") }
    }
}
