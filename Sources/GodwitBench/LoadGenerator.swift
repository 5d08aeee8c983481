import GodwitCore
import NIOCore
import NIOPosix

/// Gives each free connection its next publish, and counts the answers. Lives on one event loop.
final class LoadGenerator {
    private enum Phase { case connecting, running, awaitingLastAnswers, ended }

    private let target: LoadTarget
    private let plan: LoadPlan
    private let eventLoop: any EventLoop
    private let finished: EventLoopPromise<LoadResult>
    let warmedUp: EventLoopPromise<Void>
    private(set) var result = LoadResult()

    private var phase = Phase.connecting
    private var schedule: LoadSchedule
    private var connections: [LoadConnection] = []
    private var idle: [LoadConnection] = []
    /// Publishes that wait for their final answer.
    private var outstanding = 0
    private var failedConnects = 0
    /// Connections that were begun, also those that ended since.
    private var connects = 0
    private var lastAnswerAt: UInt64 = 0
    private var timers: [RepeatedTask] = []

    init(target: LoadTarget, plan: LoadPlan, on eventLoop: any EventLoop) {
        self.target = target
        self.plan = plan
        self.eventLoop = eventLoop
        finished = eventLoop.makePromise()
        warmedUp = eventLoop.makePromise()
        schedule = LoadSchedule(pace: plan.pace, warmUp: plan.warmUp, length: plan.length, start: 0)
    }

    private static var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    // MARK: Life

    func start() -> EventLoopFuture<LoadResult> {
        for _ in 0..<plan.connections { connect() }
        return finished.futureResult
    }

    private func connect() {
        let port = target.ports[connects % target.ports.count]
        connects += 1
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)  // An answer is one read; asking for more is one call for nothing.
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = LoadConnection(bound.value, target: bound.value.target)
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(host: target.host, port: port)
            .whenFailure { bound.value.connectFailed($0, port: port) }
    }

    private func connectFailed(_ error: any Error, port: Int) {
        failedConnects += 1
        guard failedConnects < Limits.benchmarkFailedConnects else {
            return fail(LoadError(description: "no connection to \(target.host):\(port): \(error)"))
        }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .milliseconds(100)) {
            if bound.value.phase != .ended { bound.value.connect() }
        }
    }

    private func begin() {
        phase = .running
        lastAnswerAt = Self.now
        schedule = LoadSchedule(pace: plan.pace, warmUp: plan.warmUp, length: plan.length, start: lastAnswerAt)
        result.measuredFrom = schedule.measuredFrom
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(deadline: .uptimeNanoseconds(schedule.measuredFrom)) { bound.value.warmedUp.succeed() }
        timers.append(
            eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in bound.value.endIfSilent() })
        if case .perSecond = plan.pace {
            timers.append(
                eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(1), delay: .milliseconds(1)) { _ in
                    bound.value.feedIdle()
                })
        }
        idle = connections
        feedIdle()
    }

    /// A server that answers nothing any more must not keep the run from ending.
    private func endIfSilent() {
        guard outstanding > 0, Self.now - lastAnswerAt > Limits.benchmarkLastAnswers.nanoseconds else { return }
        result.unanswered += outstanding
        end()
    }

    private func end() {
        guard phase != .ended else { return }
        result.neverSent = schedule.neverSent
        finished.succeed(result)
        warmedUp.succeed()
        close()
    }

    func fail(_ error: LoadError) {
        guard phase != .ended else { return }
        finished.fail(error)
        warmedUp.fail(error)
        close()
    }

    private func close() {
        phase = .ended
        for timer in timers { timer.cancel() }
        let open = connections
        (connections, idle) = ([], [])
        for connection in open { connection.close() }
    }

    // MARK: Connections

    func opened(_ connection: LoadConnection) {
        failedConnects = 0
        connections.append(connection)
        switch phase {
        case .connecting: if connections.count == plan.connections { begin() }
        case .running, .awaitingLastAnswers: feed(connection)
        case .ended: connection.close()
        }
    }

    /// - Parameter publish: the one that it still waited for.
    func closed(_ connection: LoadConnection, waitingFor publish: LoadSchedule.Publish?) {
        guard phase != .ended else { return }
        connections.removeAll { $0 === connection }
        idle.removeAll { $0 === connection }
        if publish != nil {
            result.unanswered += 1
            outstanding -= 1
        }
        if phase == .awaitingLastAnswers, outstanding == 0 { return end() }
        connect()
    }

    private func feedIdle() {
        while phase == .running, let connection = idle.popLast() {
            feed(connection)
            // It went straight back: nothing is due, for the others neither.
            if idle.last === connection { return }
        }
    }

    private func feed(_ connection: LoadConnection) {
        guard phase == .running else { return idle.append(connection) }
        switch schedule.next(at: Self.now) {
        case .publish(let publish):
            outstanding += 1
            connection.send(publish)
        case .wait: idle.append(connection)
        case .finished:
            idle.append(connection)
            phase = .awaitingLastAnswers
            if outstanding == 0 { end() }
        }
    }

    // MARK: Answers

    func answered(_ connection: LoadConnection, _ publish: LoadSchedule.Publish, status: Int, body: Span<UInt8>) {
        guard phase != .ended else { return }
        lastAnswerAt = Self.now
        switch status {
        case 202: accept(publish)
        case 429:
            result.overloaded += 1
            // As its Retry-After says. The connection waits with it: a load that pressed on would not be what 429 asks for.
            let bound = NIOLoopBound(connection, eventLoop: eventLoop)
            eventLoop.scheduleTask(in: .seconds(1)) { bound.value.send(publish) }
            return
        default:
            result.refused[status, default: 0] += 1
            if result.firstRefusal == nil {
                result.firstRefusal = String(decoding: (0..<min(body.count, 300)).map { body[$0] }, as: UTF8.self)
            }
        }
        outstanding -= 1
        if phase == .awaitingLastAnswers, outstanding == 0 { return end() }
        feed(connection)
    }

    private func accept(_ publish: LoadSchedule.Publish) {
        _ = result.accepted.insert(publish.sequence)
        guard publish.isMeasured else { return }
        result.measuredAccepted += 1
        result.lastAcceptedAt = lastAnswerAt
        result.latencies.record(nanoseconds: lastAnswerAt > publish.sentAt ? lastAnswerAt - publish.sentAt : 0)
    }
}
