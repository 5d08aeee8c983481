/// Which endpoints a run has and which events each of them gets.
///
/// Publish `n` goes to application `n % applications`, endpoint `e` belongs to application `e % applications`. The first endpoints
/// can be set apart: they are the ones that fall sick, spread evenly over the applications, and only the others are measured.
package struct EndpointLayout: Hashable, Sendable {
    package let endpoints: Int
    package let applications: Int
    /// How many of the endpoints, from the first, are not measured.
    package let apart: Int

    package init(endpoints: Int, applications: Int = 1, apart: Int = 0) {
        self.endpoints = endpoints
        self.applications = applications
        self.apart = apart
    }

    package var measured: Range<Int> { apart..<endpoints }

    package func application(ofEndpoint endpoint: Int) -> Int { endpoint % applications }
    package func application(ofEvent sequence: Int) -> Int { sequence % applications }

    /// How many deliveries to measured endpoints so many events make, give or take the last round over the applications.
    package func deliveries(of events: Int) -> Int { events * measured.count / applications }

    /// How many deliveries to measured endpoints these events make.
    package func deliveries(of events: SequenceSet) -> Int {
        let perApplication = (0..<applications).map { events.count(each: applications, from: $0) }
        return measured.reduce(0) { $0 + perApplication[application(ofEndpoint: $1)] }
    }

    /// How many of these events' deliveries to one endpoint are not in the set of what arrived there.
    package func countMissing(of events: SequenceSet, at endpoint: Int, in arrived: SequenceSet) -> Int {
        events.countMissing(in: arrived, each: applications, from: application(ofEndpoint: endpoint))
    }
}

/// What should have arrived at measured endpoints, and how much of it did not.
package struct Arrivals: Hashable, Sendable {
    package var expected: Int
    package var missing: Int

    package init(expected: Int, missing: Int) {
        self.expected = expected
        self.missing = missing
    }
}
