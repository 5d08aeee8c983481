import GodwitBench
import Testing

struct EndpointLayoutTests {
    private func set(_ sequences: some Sequence<Int>) -> SequenceSet {
        var set = SequenceSet()
        for sequence in sequences { _ = set.insert(sequence) }
        return set
    }

    @Test("spreads the endpoints that are set apart evenly over the applications")
    func even() {
        let layout = EndpointLayout(endpoints: 200, applications: 20, apart: 40)
        let apart = (0..<40).map(layout.application(ofEndpoint:))
        for application in 0..<20 { #expect(apart.count { $0 == application } == 2) }
        #expect(layout.measured == 40..<200)
    }

    @Test("counts what events make for the measured endpoints", arguments: [1, 2, 3, 5, 7])
    func expected(applications: Int) {
        let layout = EndpointLayout(endpoints: 7, applications: applications, apart: 2)
        let events = [0, 1, 2, 5, 64, 65, 130, 131]
        let expected = events.reduce(0) { sum, event in
            sum + layout.measured.count { layout.application(ofEndpoint: $0) == layout.application(ofEvent: event) }
        }
        #expect(layout.deliveries(of: set(events)) == expected)
    }

    @Test("misses at an endpoint only what its application got")
    func missing() {
        let layout = EndpointLayout(endpoints: 4, applications: 2)
        let accepted = set(0..<10)
        #expect(layout.countMissing(of: accepted, at: 0, in: set([0, 2, 4])) == 2)
        #expect(layout.countMissing(of: accepted, at: 1, in: set([0, 2, 4])) == 5)
        #expect(layout.countMissing(of: accepted, at: 3, in: set([1, 3, 5, 7, 9])) == 0)
        #expect(EndpointLayout(endpoints: 1).countMissing(of: accepted, at: 0, in: set(0..<9)) == 1)
    }
}
