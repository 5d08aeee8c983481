package import GodwitCore
package import GodwitStore

/// A background task as the SDKs read it. They know no pause and no cancellation: one that goes on later is running, one that was
/// cancelled has failed.
package struct TaskReport: Sendable {
    private let task: AnyTask
    private let results: [[UInt8]]
    private let resultsAreComplete: Bool

    /// - Parameter results: what it has found, unless that is more than `limit` bytes.
    package init(_ task: AnyTask, results: [[UInt8]], limit: Int) {
        self.task = task
        resultsAreComplete = results.reduce(0) { $0 + $1.count } <= limit
        self.results = resultsAreComplete ? results : []
    }

    package var id: TaskID { task.id }

    package var status: BackgroundTask.State {
        switch task {
        case .task(let task): task.state
        case .replay(let replay):
            switch replay.state {
            case .running, .paused: .running
            case .finished: .finished
            case .cancelled: .failed
            }
        }
    }

    package var kind: String {
        switch task {
        case .task(let task): task.kind.rawValue
        case .replay(let replay): replay.task.rawValue
        }
    }

    package var updatedAt: Instant {
        switch task {
        case .task(let task): task.updatedAt
        case .replay(let replay): replay.updatedAt
        }
    }

    /// What it is about, how far it has come, and what it has found.
    package func writeData(to writer: inout JSONWriter) {
        switch task {
        case .task(let task): write(task, to: &writer)
        case .replay(let replay):
            writer.field("state", replay.state.rawValue)
            writer.field("messagesSent", replay.replayed)
            replay.writeSelection(to: &writer)
            replay.writeCounters(to: &writer)
        }
    }

    private func write(_ task: BackgroundTask, to writer: inout JSONWriter) {
        switch task.work {
        case .purgeContent: writer.field("messagesExpunged", task.done)
        case .applicationStatistics(let scope):
            writer.field("since", scope.since)
            writer.field("until", scope.until)
            writer.field("applicationsDone", task.done)
            writeResults("appStats", to: &writer)
        case .eventTypes:
            writer.field("applicationsDone", task.done)
            writeResults("event_types", to: &writer)
        }
    }

    private func writeResults(_ name: StaticString, to writer: inout JSONWriter) {
        guard resultsAreComplete else {
            writer.field("resultsLeftOut", true)
            return
        }
        writer.array(name) { writer in for item in results { writer.raw(item) } }
    }
}

extension Replay {
    package func writeSelection(to writer: inout JSONWriter) {
        writer.field("since", selection.since)
        writer.field("until", selection.until)
        writer.field("which", selection.which.rawValue)
        writer.field("rules", rules.rawValue)
        writer.field("eventTypes", selection.eventTypes)
        writer.field("channel", selection.channel)
        writer.field("tag", selection.tag)
        writer.field("statusCodeClass", selection.statusClass)
        writer.field("pace", pace)
    }

    package func writeCounters(to writer: inout JSONWriter) {
        writer.field("planned", planned)
        writer.field("replayed", replayed)
        writer.field("passedOver", passedOver)
    }
}
