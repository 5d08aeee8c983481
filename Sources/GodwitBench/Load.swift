package import NIOCore

/// Where and what a load publishes.
package struct LoadTarget: Sendable {
    package let host: String
    /// Of servers that share a store: connections are spread over them evenly.
    package let ports: [Int]
    /// One for each application; publish `n` goes to the `n`th, round and round.
    package let paths: [String]
    package let token: String
    package let run: EventTemplate.RunID
    package let payloadBytes: Int

    /// - Parameter paths: of one length, as identifiers are, for one replaces another in the bytes of a request.
    package init(host: String, ports: [Int], paths: [String], token: String, run: EventTemplate.RunID, payloadBytes: Int) {
        precondition(!ports.isEmpty && !paths.isEmpty && paths.allSatisfy { $0.utf8.count == paths[0].utf8.count })
        self.host = host
        self.ports = ports
        self.paths = paths
        self.token = token
        self.run = run
        self.payloadBytes = payloadBytes
    }

    static let pathOffset = "POST ".utf8.count

    /// The whole request to the first path, with zeros in the event's fields, and where in it the payload starts.
    func request() -> (bytes: [UInt8], payloadOffset: Int) {
        let payload = EventTemplate(run: run, payloadBytes: payloadBytes).bytes
        let bodyHead = Array(#"{"eventType":"bench.event","payload":"#.utf8)
        let authority = host.contains(":") ? "[\(host)]:\(ports[0])" : "\(host):\(ports[0])"
        let head = """
            POST \(paths[0]) HTTP/1.1\r
            Host: \(authority)\r
            Authorization: Bearer \(token)\r
            Content-Type: application/json\r
            Content-Length: \(bodyHead.count + payload.count + 1)\r
            \r

            """
        let start = Array(head.utf8) + bodyHead
        return (start + payload + [UInt8(ascii: "}")], start.count)
    }
}

/// How a load runs.
package struct LoadPlan: Sendable {
    package let connections: Int
    package let pace: LoadSchedule.Pace
    package let warmUp: Duration
    package let length: LoadSchedule.Length

    package init(connections: Int, pace: LoadSchedule.Pace, warmUp: Duration, length: LoadSchedule.Length) {
        self.connections = connections
        self.pace = pace
        self.warmUp = warmUp
        self.length = length
    }
}

/// What a load saw. Only `accepted…` and the counts of refusals include the warm-up.
package struct LoadResult: Sendable {
    /// Events answered with 202, by their sequence numbers.
    package var accepted = SequenceSet()
    package var measuredAccepted = 0
    /// From sending, or when it was due, to the 202.
    package var latencies = Latencies()
    /// Answers with 429: waited for, then sent again.
    package var overloaded = 0
    /// Answers other than 202 and 429, by status.
    package var refused: [Int: Int] = [:]
    /// The start of the first such answer's body.
    package var firstRefusal: String?
    /// Publishes whose connection ended, or whose time ran out, before the answer.
    package var unanswered = 0
    /// Publishes of a paced load that were due before its end and never sent, for no connection was free.
    package var neverSent = 0
    /// The end of the warm-up, on the monotonic clock.
    package var measuredFrom: UInt64 = 0
    /// The last measured 202.
    package var lastAcceptedAt: UInt64 = 0

    package init() {}
}

/// Why a load can't go on.
package struct LoadError: Error, CustomStringConvertible {
    package let description: String
}

/// A load from this process: kept-alive connections on one event loop, each with one publish on its way at a time.
package struct Load: Sendable {
    private let generator: NIOLoopBoundBox<LoadGenerator>
    private let eventLoop: any EventLoop

    package init(target: LoadTarget, plan: LoadPlan, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        generator = NIOLoopBoundBox.makeBoxSendingValue(
            LoadGenerator(target: target, plan: plan, on: eventLoop), eventLoop: eventLoop)
    }

    /// Connects, publishes to the end of the plan, and waits for the last answers. Cancelling the task ends it early.
    package func run() async throws -> LoadResult {
        try await withTaskCancellationHandler {
            try await eventLoop.flatSubmit { generator.value.start() }.get()
        } onCancel: {
            eventLoop.execute { generator.value.fail(LoadError(description: "the load was stopped")) }
        }
    }

    /// Returns when the warm-up is over; throws when the load fails before.
    package func warmedUp() async throws {
        try await eventLoop.flatSubmit { generator.value.warmedUp.futureResult }.get()
    }

    /// Events accepted so far.
    package func accepted() async throws -> Int {
        try await eventLoop.submit { generator.value.result.accepted.count }.get()
    }
}
