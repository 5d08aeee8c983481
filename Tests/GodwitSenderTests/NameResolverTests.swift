import Dispatch
import GodwitCore
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import GodwitSender

struct NameResolverTests {
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    @Test("remembers addresses for their time, and looks up again after it")
    func positiveCache() async throws {
        let clock = NIOLockedValueBox(NIODeadline.uptimeNanoseconds(0))
        let lookups = NIOLockedValueBox<[String]>([])
        let resolver = NameResolver(
            lookup: { name in
                lookups.withLockedValue { $0.append(name) }
                return [.v4(1)]
            }, now: { clock.withLockedValue { $0 } })
        for seconds in [0, 1, 29, 30, 31] as [UInt64] {
            clock.withLockedValue { $0 = .uptimeNanoseconds(seconds * 1_000_000_000) }
            #expect(try await resolver.resolve(.name("a.example"), on: eventLoop).get() == [.v4(1)])
        }
        #expect(lookups.withLockedValue { $0 } == ["a.example", "a.example"])
        try await resolver.shutdown()
    }

    @Test("remembers failures for a shorter time")
    func negativeCache() async throws {
        let clock = NIOLockedValueBox(NIODeadline.uptimeNanoseconds(0))
        let lookups = NIOLockedValueBox(0)
        let resolver = NameResolver(
            lookup: { _ in
                lookups.withLockedValue { $0 += 1 }
                throw NameLookupError("no such name")
            }, now: { clock.withLockedValue { $0 } })
        for seconds in [0, 4, 5, 9] as [UInt64] {
            clock.withLockedValue { $0 = .uptimeNanoseconds(seconds * 1_000_000_000) }
            await #expect(throws: NameLookupError("no such name")) {
                try await resolver.resolve(.name("gone.example"), on: eventLoop).get()
            }
        }
        #expect(lookups.withLockedValue { $0 } == 2)
        try await resolver.shutdown()
    }

    @Test("looks one name up once for everybody who asks meanwhile")
    func coalescing() async throws {
        let gate = DispatchSemaphore(value: 0)
        let lookups = NIOLockedValueBox(0)
        let resolver = NameResolver(lookup: { _ in
            lookups.withLockedValue { $0 += 1 }
            gate.wait()
            return [.v4(7)]
        })
        let futures = (0..<100).map { _ in
            resolver.resolve(.name("busy.example"), on: MultiThreadedEventLoopGroup.singleton.next())
        }
        gate.signal()
        for future in futures { #expect(try await future.get() == [.v4(7)]) }
        #expect(lookups.withLockedValue { $0 } == 1)
        try await resolver.shutdown()
    }

    @Test("addresses in place of names are never looked up")
    func literals() async throws {
        let resolver = NameResolver(lookup: { _ in throw NameLookupError("was asked") })
        #expect(try await resolver.resolve(.address(.v4(1)), on: eventLoop).get() == [.v4(1)])
        try await resolver.shutdown()
    }

    @Test(
        "names that hang on every thread for new names don't hold up a name that resolved before", .timeLimit(.minutes(1)))
    func knownNamesHaveTheirOwnThreads() async throws {
        let gate = DispatchSemaphore(value: 0)
        let resolver = NameResolver(
            positiveAge: .zero,
            lookup: { name in
                if name.hasPrefix("dead") { gate.wait() }
                return [.v4(1)]
            })
        #expect(try await resolver.resolve(.name("alive.example"), on: eventLoop).get() == [.v4(1)])
        let dead = (0..<Limits.lookupThreads).map { resolver.resolve(.name("dead\($0).example"), on: eventLoop) }
        #expect(try await resolver.resolve(.name("alive.example"), on: eventLoop).get() == [.v4(1)])
        for _ in dead { gate.signal() }
        for future in dead { _ = try await future.get() }
        try await resolver.shutdown()
    }

    @Test("the system's resolver knows this machine")
    func system() throws {
        let addresses = try SystemNameLookup.addresses(of: "localhost")
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { AddressVerdict($0) == .loopback })
    }
}

struct NameCacheTests {
    private let now = NIODeadline.uptimeNanoseconds(1)

    @Test("refuses further names when too many wait, and still serves those that wait")
    func waitingLimit() {
        var cache = NameCache<Int>(positiveAge: .seconds(30), negativeAge: .seconds(5))
        for index in 0..<Limits.lookupsWaiting {
            guard case .startLookup(.unknown) = cache.resolve("\(index)", for: index, at: now) else {
                Issue.record("name \(index) wasn't looked up")
                return
            }
        }
        guard case .answer(.failure) = cache.resolve("one more", for: -1, at: now) else {
            Issue.record("there is no limit")
            return
        }
        guard case .wait = cache.resolve("0", for: -2, at: now) else {
            Issue.record("a name that waits isn't shared")
            return
        }
        #expect(cache.answered("0", .success([.v4(1)]), at: now) == [0, -2])
    }

    @Test("forgets the oldest names when it is full")
    func entriesLimit() {
        var cache = NameCache<Int>(positiveAge: .seconds(30), negativeAge: .seconds(5))
        for index in 0...Limits.namesRemembered {
            let time = NIODeadline.uptimeNanoseconds(UInt64(index))
            _ = cache.resolve("\(index)", for: index, at: time)
            #expect(cache.answered("\(index)", .success([.v4(1)]), at: time) == [index])
        }
        #expect(cache.count <= Limits.namesRemembered)
        guard case .startLookup = cache.resolve("0", for: 0, at: now) else {
            Issue.record("the oldest name is still there")
            return
        }
        guard case .answer(.success) = cache.resolve("\(Limits.namesRemembered)", for: 0, at: now) else {
            Issue.record("the newest name was forgotten")
            return
        }
    }
}
