package import GodwitCore
import NIOConcurrencyHelpers
package import NIOCore
import NIOPosix

/// Resolves names for every sender of the process, off the event loops.
///
/// NIO's own resolver is one serial queue per event loop: one name whose DNS never answers holds up every other connection of
/// that loop for seconds. Here look-ups run side by side on threads, equal ones are made once, and answers are remembered.
package final class NameResolver: Sendable {
    /// Blocks until the name is resolved. Throws, or returns nothing, when it has no address.
    package typealias Lookup = @Sendable (_ name: String) throws -> [IPAddress]

    private let lookup: Lookup
    private let now: @Sendable () -> NIODeadline
    private let knownNames: NIOThreadPool
    private let unknownNames: NIOThreadPool
    private let cache: NIOLockedValueBox<NameCache<EventLoopPromise<[IPAddress]>>>

    package init(
        positiveAge: TimeAmount = .seconds(30), negativeAge: TimeAmount = .seconds(5),
        lookup: @escaping Lookup = SystemNameLookup.addresses(of:), now: @escaping @Sendable () -> NIODeadline = { .now() }
    ) {
        self.lookup = lookup
        self.now = now
        cache = NIOLockedValueBox(NameCache(positiveAge: positiveAge, negativeAge: negativeAge))
        knownNames = NIOThreadPool(numberOfThreads: Limits.lookupThreadsForKnownNames)
        unknownNames = NIOThreadPool(numberOfThreads: Limits.lookupThreads)
        knownNames.start()
        unknownNames.start()
    }

    /// The future belongs to `eventLoop`, and is complete at once when the answer is remembered.
    package func resolve(_ host: WebhookURL.Host, on eventLoop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        switch host {
        case .address(let address): return eventLoop.makeSucceededFuture([address])
        case .name(let name): return resolve(name, on: eventLoop)
        }
    }

    private func resolve(_ name: String, on eventLoop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        let promise = eventLoop.makePromise(of: [IPAddress].self)
        switch cache.withLockedValue({ $0.resolve(name, for: promise, at: now()) }) {
        case .wait: break
        case .answer(let answer): promise.completeWith(answer.mapError { $0 })
        case .startLookup(.known): start(name, on: knownNames)
        case .startLookup(.unknown): start(name, on: unknownNames)
        }
        return promise.futureResult
    }

    private func start(_ name: String, on threads: NIOThreadPool) {
        threads.submit { state in
            let answer: NameCache<EventLoopPromise<[IPAddress]>>.Answer
            switch state {
            case .active: answer = self.lookUp(name)
            case .cancelled: answer = .failure(NameLookupError("the resolver has been stopped"))
            }
            let waiters = self.cache.withLockedValue { $0.answered(name, answer, at: self.now()) }
            for waiter in waiters { waiter.completeWith(answer.mapError { $0 }) }
        }
    }

    private func lookUp(_ name: String) -> Result<[IPAddress], NameLookupError> {
        do {
            let addresses = try lookup(name)
            return addresses.isEmpty ? .failure(NameLookupError("the name has no address")) : .success(addresses)
        } catch let error as NameLookupError {
            return .failure(error)
        } catch {
            return .failure(NameLookupError("\(error)"))
        }
    }

    /// Returns when the last look-up under way has ended, which takes as long as the system's resolver takes.
    package func shutdown() async throws {
        try await knownNames.shutdownGracefully()
        try await unknownNames.shutdownGracefully()
    }
}
