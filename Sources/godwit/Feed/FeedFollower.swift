import GodwitCore
import GodwitListen
import NIOCore

/// Goes through a feed from a number on, page by page, over disconnections.
struct FeedFollower {
    let client: FeedClient
    /// Whether to wait for more at its end.
    let follows: Bool
    var pageItems = Limits.pageItems
    /// When to stop whatever may still come.
    var deadline: NIODeadline = .distantFuture
    let say: (State) -> Void

    /// What somebody who watches should know.
    enum State {
        case disconnected(reason: String, retryIn: Duration)
        /// With how many events came in between.
        case connected(away: Duration, missed: UInt64)
    }

    enum End { case caughtUp, enough, deadline }

    /// - Parameter take: gets each page in order, without a gap; false ends it.
    /// - Throws: what the server refuses, and a feed that isn't one. When nothing answers, only if it doesn't follow.
    func run(after start: UInt64, _ take: (FeedPage) async throws -> Bool) async throws -> End {
        var after = start
        var failures = 0
        var lost: ContinuousClock.Instant?
        while true {
            let left = deadline - .now()
            guard left > .zero else { return .deadline }
            do {
                // At once after a failure: whether the server is back must be known now.
                let wait = follows && lost == nil ? min(FeedClient.longestWait, Int(left.nanoseconds / 1_000_000_000) + 1) : 0
                let page = try await client.page(after: after, limit: pageItems, wait: wait)
                try page.check(after: after)
                if let since = lost { say(.connected(away: .now - since, missed: page.head - after)) }
                (failures, lost) = (0, nil)
                if !page.items.isEmpty, try await !take(page) { return .enough }
                after = page.items.last?.sequence ?? after
                if !follows, after == page.head { return .caughtUp }
            } catch let failure where follows && Self.mayPass(failure) {
                let pause = Self.pauses[min(failures, Self.pauses.count - 1)]
                if lost == nil { lost = .now }
                failures += 1
                say(.disconnected(reason: "\(failure)", retryIn: pause))
                try await Machine.pause(min(TimeAmount(pause), max(.zero, deadline - .now())))
            }
        }
    }

    /// Short at first, for a server that restarts; then so long that nobody is bothered by it.
    private static let pauses: [Duration] = [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5)]

    private static func mayPass(_ failure: any Error) -> Bool {
        switch failure {
        case is LocalClient.Failure: true
        case let refusal as APIClient.Refusal: refusal.status >= 500 || refusal.status == 429
        default: false
        }
    }
}
