import GodwitCore
import GodwitEngine
import GodwitStore

struct BackgroundTaskOut: JSONWritable {
    let report: TaskReport

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            report.writeHead(to: &writer)
            writer.object("data") { report.writeData(to: &$0) }
        }
    }
}

/// A task that has just begun.
struct StartedTask: JSONWritable {
    private let report: TaskReport
    private let unresolvedApplications: [String]?

    /// - Parameter unresolvedApplications: nil where none were asked for by name.
    init(_ task: AnyTask, unresolvedApplications: [String]? = nil) {
        report = TaskReport(task, results: [], limit: 0)
        self.unresolvedApplications = unresolvedApplications
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            report.writeHead(to: &writer)
            writer.field("unresolvedAppIds", ifPresent: unresolvedApplications)
        }
    }
}

extension TaskReport {
    fileprivate func writeHead(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("status", status.rawValue)
        writer.field("task", kind)
        writer.field("updatedAt", updatedAt)
    }
}
