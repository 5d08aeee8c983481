package import NIOCore
import NIOPosix

/// Waits for what can only be asked for, not awaited. Polls on an event loop's timer; fails the test when the time is over.
package enum Patience {
    package struct Lost: Error, CustomStringConvertible {
        package let description: String
    }

    package static func until(
        within limit: TimeAmount = .seconds(30), _ condition: () async throws -> Bool
    ) async throws {
        let deadline = NIODeadline.now() + limit
        while try await !condition() {
            guard NIODeadline.now() < deadline else {
                throw Lost(description: "the condition did not hold within \(limit.nanoseconds / 1_000_000_000) s")
            }
            try await MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .milliseconds(5)) {}.futureResult.get()
        }
    }
}
