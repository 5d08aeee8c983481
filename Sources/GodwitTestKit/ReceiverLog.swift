import NIOConcurrencyHelpers
package import NIOCore

/// What a receiver has seen, and who waits to see more.
final class ReceiverLog: Sendable {
    private struct Waiter {
        let id: Int
        let count: Int
        let continuation: CheckedContinuation<[ReceivedRequest], any Error>
    }

    private struct State {
        var requests: [ReceivedRequest] = []
        var connectionsAccepted = 0
        var connectionsOpen = 0
        var waiters: [Waiter] = []
        var nextWaiter = 0
    }

    private let state = NIOLockedValueBox(State())

    var requests: [ReceivedRequest] { state.withLockedValue { $0.requests } }
    var connectionsAccepted: Int { state.withLockedValue { $0.connectionsAccepted } }
    var connectionsOpen: Int { state.withLockedValue { $0.connectionsOpen } }

    /// - Returns: the number of the connection.
    func connectionAccepted() -> Int {
        state.withLockedValue { state in
            state.connectionsOpen += 1
            state.connectionsAccepted += 1
            return state.connectionsAccepted - 1
        }
    }

    func connectionClosed() { state.withLockedValue { $0.connectionsOpen -= 1 } }

    /// - Returns: the number of the request, from 0.
    func append(_ request: ReceivedRequest) -> Int {
        let (ready, requests) = state.withLockedValue { state in
            state.requests.append(request)
            let count = state.requests.count
            let ready = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return (ready, state.requests)
        }
        for waiter in ready { waiter.continuation.resume(returning: requests) }
        return requests.count - 1
    }

    func wait(for count: Int, timeout: TimeAmount, on eventLoop: any EventLoop) async throws -> [ReceivedRequest] {
        try await withCheckedThrowingContinuation { continuation in
            let (present, id): ([ReceivedRequest]?, Int) = state.withLockedValue { state in
                guard state.requests.count < count else { return (state.requests, 0) }
                state.nextWaiter += 1
                state.waiters.append(Waiter(id: state.nextWaiter, count: count, continuation: continuation))
                return (nil, state.nextWaiter)
            }
            if let present { return continuation.resume(returning: present) }
            eventLoop.scheduleTask(in: timeout) { self.giveUp(id, after: timeout) }
        }
    }

    private func giveUp(_ id: Int, after timeout: TimeAmount) {
        let (waiter, seen): (Waiter?, Int) = state.withLockedValue { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return (nil, 0) }
            return (state.waiters.remove(at: index), state.requests.count)
        }
        guard let waiter else { return }
        waiter.continuation.resume(throwing: RequestsMissing(expected: waiter.count, received: seen, within: timeout))
    }
}

/// Fewer requests came than a test waited for.
package struct RequestsMissing: Error, CustomStringConvertible {
    package let expected: Int
    package let received: Int
    package let within: TimeAmount

    package var description: String { "\(received) of \(expected) requests came within \(within.nanoseconds / 1_000_000) ms" }
}
