import Testing

@testable import GodwitReceiver

/// Against sets of numbers, which can't be wrong.
@Suite struct SequenceTrackerTests {
    private struct Model {
        var passed: Set<Int64> = []
        var due: [Int64: Int64] = [:]

        var cursor: Int64 { (1...1000).first { !passed.contains($0) }.map { $0 - 1 } ?? 0 }
        func isDone(_ number: Int64) -> Bool { passed.contains(number) && due[number] == nil }
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func itKnowsWhatASetKnows(seed: UInt64) {
        var random = SplitMix(state: seed)
        var tracker = SequenceTracker()
        var model = Model()
        for _ in 0..<400 {
            let low = Int64.random(in: 1...120, using: &random)
            let range = low...low + Int64.random(in: 0...4, using: &random)
            let isPostponed = Int.random(in: 0..<4, using: &random) == 0
            if isPostponed {
                let time = Int64.random(in: 1...9, using: &random)
                tracker.postpone(range, until: time)
                for number in range { model.due[number] = time }
            } else {
                tracker.insert(range)
                for number in range { model.due[number] = nil }
            }
            model.passed.formUnion(range)
            check(tracker, model)
            #expect(SequenceTracker(cursor: tracker.cursor, text: tracker.text) == tracker)
        }
    }

    private func check(_ tracker: SequenceTracker, _ model: Model) {
        let numbers = 1...130 as ClosedRange<Int64>
        #expect(tracker.cursor == model.cursor)
        #expect(tracker.last == model.passed.max())
        #expect(numbers.filter(tracker.contains) == numbers.filter(model.isDone))
        #expect(tracker.missingCount(upTo: 130) == Int64(numbers.count { !model.passed.contains($0) }))
        #expect(tracker.deferredCount == Int64(model.due.count))
        #expect(tracker.nextDueSeconds == model.due.values.min())
        #expect(Set(tracker.due(at: 5).joined()) == Set(model.due.filter { $0.value <= 5 }.keys))
        var missing: [Int64] = []
        while let range = tracker.missing(after: missing.last ?? 0, upTo: 130) { missing += range }
        #expect(missing == numbers.filter { !model.passed.contains($0) })
    }

    @Test func whatIsPastTheHeadIsForgottenIfItWasKnownBefore() {
        var tracker = SequenceTracker(cursor: 3)
        tracker.insert(7...9)
        tracker.postpone(12...12, until: 5)
        let before = tracker
        tracker.insert(20...20)
        tracker.remove(above: 7, knownTo: before)
        #expect(tracker.text == "7-7,20-20")
        tracker.postpone(2...2, until: 5)
        tracker.rewind(to: 2)
        #expect(tracker.cursor == 2 && tracker.text == "2-2@5")
    }

    @Test(arguments: ["x", "5", "-5--3", "9-7", "5-@3", "0-4", "5-9223372036854775807", ",,", "7-8@x", "1-2-3"])
    func textThatIsNone(text: String) {
        let tracker = SequenceTracker(cursor: 3, text: text)
        #expect(tracker.cursor == 3 && tracker.above.count <= 1)
    }

    @Test func tooManyRanges() {
        var tracker = SequenceTracker()
        for number in 1...Int64(ReceiverLimits.trackedRanges) + 1 { tracker.insert(number * 2) }
        #expect(tracker.above.count == ReceiverLimits.trackedRanges)
        #expect(!tracker.contains(Int64(ReceiverLimits.trackedRanges + 1) * 2))
        var waiting = SequenceTracker()
        for number in 1...Int64(ReceiverLimits.deferrals) + 1 { waiting.postpone(number...number, until: 100 - number % 7) }
        #expect(waiting.deferrals.count == ReceiverLimits.deferrals)
        #expect(waiting.deferredCount == Int64(ReceiverLimits.deferrals) + 1 && waiting.nextDueSeconds == 94)
    }
}
