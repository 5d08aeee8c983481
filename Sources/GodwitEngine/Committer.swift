import Dispatch
import GodwitCore
package import GodwitStore
import NIOPosix
import Synchronization

/// Something to be written, and what is to be done with the answer.
package struct WriteJob: Sendable {
    package let command: WriteCommand
    /// Called on the writer's thread once the command's transaction is durable, or has failed. It must be quick and must not block.
    package let completion: @Sendable (Result<WriteResult, StoreError>) -> Void

    package init(
        _ command: WriteCommand, completion: @escaping @Sendable (Result<WriteResult, StoreError>) -> Void
    ) {
        self.command = command
        self.completion = completion
    }
}

/// Group commit: one thread takes whatever waits, writes it in one transaction, and only then answers. It never lingers: a
/// batch is as large as what arrived during the batch before.
package final class Committer: Sendable {
    private struct State {
        var jobs: [WriteJob] = []
        var publishes = 0
        var publishBytes = 0
        /// The writer waits for the semaphore: whoever adds a job signals it. Signalling only when the queue was empty would
        /// let a writer sleep over a queue that it had left non-empty.
        var writerWaits = false
        var stopping = false

        mutating func takeSignal() -> Bool {
            defer { writerWaits = false }
            return writerWaits
        }
    }

    private let store: any Store
    private let clock: WallClock
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let mayAccept: @Sendable () -> Bool
    /// Called on the writer's thread after the completions of one transaction.
    private let afterCommit: @Sendable () -> Void
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter mayAccept: whether a publish is offered to the store, or refused at once.
    package init(
        store: any Store, clock: WallClock, mayAccept: @escaping @Sendable () -> Bool,
        afterCommit: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.clock = clock
        self.mayAccept = mayAccept
        self.afterCommit = afterCommit
    }

    package func start() {
        thread.start()
        thread.submit { [self] _ in
            while let jobs = takeJobs() {
                for start in stride(from: 0, to: jobs.count, by: Limits.transactionCommands) {
                    let batch = jobs[start..<min(start + Limits.transactionCommands, jobs.count)]
                    discount(batch)
                    write(mayAccept() ? batch : refusePublishes(of: batch))
                }
            }
            finished.signal()
        }
    }

    /// - Returns: false when too much waits already, or the committer stops; then nothing was queued and no completion is called.
    package func submitPublish(_ job: WriteJob, payloadBytes: Int) -> Bool {
        let (queued, signal) = state.withLock { state -> (Bool, Bool) in
            guard
                !state.stopping, state.publishes < Limits.queuedPublishes,
                state.publishBytes + payloadBytes <= Limits.queuedPublishBytes
            else { return (false, false) }
            state.publishes += 1
            state.publishBytes += payloadBytes
            state.jobs.append(job)
            return (true, state.takeSignal())
        }
        if signal { wakeUp.signal() }
        return queued
    }

    /// For everything but publishes. It is always queued: how much of it there is, is bounded by what is in flight.
    package func submit(_ jobs: [WriteJob]) {
        let signal = state.withLock { state in
            state.jobs.append(contentsOf: jobs)
            return state.takeSignal()
        }
        if signal { wakeUp.signal() }
    }

    /// Writes what is queued, then ends the thread. Blocks.
    package func stop() {
        let signal = state.withLock { state in
            state.stopping = true
            return state.takeSignal()
        }
        if signal { wakeUp.signal() }
        finished.wait()
        try? thread.syncShutdownGracefully()
    }

    /// Everything that waits, or nil when there is nothing more to come.
    private func takeJobs() -> [WriteJob]? {
        while true {
            let taken = state.withLock { state -> [WriteJob]? in
                if state.jobs.isEmpty {
                    state.writerWaits = !state.stopping
                    return state.stopping ? nil : []
                }
                var jobs: [WriteJob] = []
                swap(&jobs, &state.jobs)
                return jobs
            }
            guard let taken, taken.isEmpty else { return taken }
            wakeUp.wait()
        }
    }

    /// Publishes count as waiting until their transaction begins.
    private func discount(_ jobs: ArraySlice<WriteJob>) {
        var publishes = 0
        var bytes = 0
        for job in jobs {
            guard case .publish(let message) = job.command else { continue }
            publishes += 1
            bytes += message.message.contentBytes
        }
        state.withLock { state in
            state.publishes -= publishes
            state.publishBytes -= bytes
        }
    }

    /// They would have to wait until the store has timed out once more, and would be refused then.
    ///
    /// - Returns: the others.
    private func refusePublishes(of jobs: ArraySlice<WriteJob>) -> ArraySlice<WriteJob> {
        jobs.filter { job in
            guard case .publish = job.command else { return true }
            job.completion(.failure(StoreError(.unavailable, "this node is out of touch with its store")))
            return false
        }[...]
    }

    private func write(_ jobs: ArraySlice<WriteJob>) {
        guard !jobs.isEmpty else { return afterCommit() }
        do {
            let results = try store.commit(jobs.map(\.command), at: clock.now)
            for (job, result) in zip(jobs, results) { job.completion(.success(result)) }
        } catch  where error.code == .unusable && jobs.count > 1 {
            // One command met a damaged row; the others have nothing to do with it.
            for index in jobs.indices { write(jobs[index...index]) }
        } catch {
            for job in jobs { job.completion(.failure(error)) }
        }
        afterCommit()
    }
}
