import Foundation

/// Says on stderr how the connection is, so that silence is never taken for peace.
enum FeedWatch {
    static func say(_ state: FeedFollower.State, _ address: String) {
        switch state {
        case .disconnected(let reason, let pause):
            warn("DISCONNECTED from \(address): \(reason). Trying again in \(pause.formatted).")
        case .connected(let away, let missed):
            let events =
                missed == 0
                ? "nothing was missed"
                : missed == 1 ? "1 event was missed and comes now" : "\(missed) events were missed and come now"
            warn("CONNECTED again after \(away.formatted): \(events).")
        }
    }

    /// In red on a terminal, with a bell.
    private static func warn(_ text: String) {
        let line = isatty(STDERR_FILENO) == 1 ? "\u{7}\u{1B}[1;31m\(text)\u{1B}[0m\n" : "\(text)\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}

extension Duration {
    /// `250 ms`, `1.5 s`
    var formatted: String {
        let milliseconds = Int(self / .milliseconds(1))
        guard milliseconds >= 1000 else { return "\(milliseconds) ms" }
        let tenths = milliseconds / 100
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
