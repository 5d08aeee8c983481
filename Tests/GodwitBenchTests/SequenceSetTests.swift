import GodwitBench
import Testing

struct SequenceSetTests {
    @Test("counts a number once, however often it comes")
    func insertsOnce() {
        var set = SequenceSet()
        #expect(set.insert(0) && set.insert(63) && set.insert(64) && set.insert(100_000))
        #expect(!set.insert(64) && !set.insert(0))
        #expect(set.count == 4)
    }

    @Test("is the same after it went through bytes", arguments: [[], [0], [7, 8, 63, 64, 65], [1_000_003]])
    func survivesBytes(numbers: [Int]) {
        var set = SequenceSet()
        for number in numbers { _ = set.insert(number) }
        let copy = SequenceSet(bytes: set.bytes)
        #expect(copy.count == numbers.count)
        #expect(set.countMissing(in: copy) == 0 && copy.countMissing(in: set) == 0)
    }

    @Test("tells how many of its numbers another one lacks, also beyond the other's end")
    func countsMissing() {
        var accepted = SequenceSet()
        var arrived = SequenceSet()
        for number in 0..<1000 { _ = accepted.insert(number) }
        for number in 0..<500 where number != 7 { _ = arrived.insert(number) }
        _ = arrived.insert(5000)
        #expect(accepted.countMissing(in: arrived) == 501)
        #expect(arrived.countMissing(in: accepted) == 1)
    }

    @Test("knows its numbers, and counts those of one remainder", arguments: [1, 2, 3, 64, 65])
    func remainders(step: Int) {
        var accepted = SequenceSet()
        var arrived = SequenceSet()
        for number in 0..<200 where number != 65 { _ = accepted.insert(number) }
        for number in 0..<100 { _ = arrived.insert(number) }
        #expect(accepted.contains(64) && !accepted.contains(65) && !accepted.contains(1_000_000))
        for first in 0..<step {
            let numbers = (0..<200).filter { $0 != 65 && $0 % step == first }
            #expect(accepted.count(each: step, from: first) == numbers.count)
            #expect(accepted.countMissing(in: arrived, each: step, from: first) == numbers.count { $0 >= 100 })
        }
    }
}
