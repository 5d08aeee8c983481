import NIOCore

/// Calls back once a moment has passed that is put off again and again. Putting it off costs a comparison; a timer is only
/// started anew when the moment comes nearer than the one that runs.
final class DeadlineTimer {
    private let eventLoop: any EventLoop
    private let onExpiry: () -> Void
    private var deadline = NIODeadline.distantFuture
    private var running: (timer: Scheduled<Void>, fires: NIODeadline)?

    init(eventLoop: any EventLoop, onExpiry: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.onExpiry = onExpiry
    }

    func set(inSeconds seconds: Int) {
        deadline = eventLoop.now + .seconds(Int64(seconds))
        if let running, running.fires <= deadline { return }
        start()
    }

    /// Until the next `set`.
    func suspend() { deadline = .distantFuture }

    func cancel() {
        running?.timer.cancel()
        running = nil
        deadline = .distantFuture
    }

    private func start() {
        running?.timer.cancel()
        running = (eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.fire() }, deadline)
    }

    private func fire() {
        running = nil
        if deadline <= eventLoop.now {
            deadline = .distantFuture
            onExpiry()
        } else if deadline < .distantFuture {
            start()
        }
    }
}
