import Foundation
import GodwitBench
import NIOCore

/// One line on stderr each second, while the load runs and until the last arrival.
struct BenchProgress {
    let load: Load
    let sink: BenchSink?
    /// In front of each line.
    var label = ""
    let isShown: Bool

    /// Returns when the task is cancelled, or when the sink can't be asked any more.
    func show() async {
        guard isShown else { return }
        var accepted = 0
        var tried = 0
        var second = 0
        while (try? await Machine.pause(.seconds(1))) != nil {
            guard let acceptedNow = try? await load.accepted() else { return }
            second += 1
            var line = "\(label)\(second) s  accepted \(acceptedNow - accepted)/s"
            if let sink {
                guard let triedNow = try? await sink.counts().tried else { return }
                line += "  \(sink.script.failsFirstAttempts ? "tried" : "delivered") \(triedNow - tried)/s"
                line += "  backlog \(max(0, sink.layout.deliveries(of: acceptedNow) - triedNow))"
                tried = triedNow
            }
            accepted = acceptedNow
            Self.say(line)
        }
    }

    static func say(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
}
