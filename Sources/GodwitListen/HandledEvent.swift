package import GodwitCore

/// What became of an event.
package struct HandledEvent: Sendable {
    package enum Verification: Hashable, Sendable {
        case verified
        case refused(String)
        /// No secret was given.
        case unchecked
    }

    package struct Forward: Hashable, Sendable {
        package enum Outcome: Hashable, Sendable {
            case status(Int)
            case failed(String)
        }

        package let url: String
        package let outcome: Outcome
        package let elapsed: Duration

        package init(url: String, outcome: Outcome, elapsed: Duration) {
            self.url = url
            self.outcome = outcome
            self.elapsed = elapsed
        }

        package var isAccepted: Bool { if case .status(200...299) = outcome { true } else { false } }
    }

    package let event: ListenEvent
    package let verification: Verification
    package let forwards: [Forward]
    /// Whether somebody asked for it once more.
    package let isRetry: Bool

    package init(_ event: ListenEvent, _ verification: Verification, forwards: [Forward], isRetry: Bool) {
        self.event = event
        self.verification = verification
        self.forwards = forwards
        self.isRetry = isRetry
    }

    package var isGood: Bool {
        if case .refused = verification { return false }
        return forwards.allSatisfy(\.isAccepted)
    }

    /// What its sender is told: what the first target said that did not accept it, or the first of all.
    package var responseStatus: Int {
        if case .refused = verification { return 401 }
        guard let decisive = forwards.first(where: { !$0.isAccepted }) ?? forwards.first else { return 204 }
        switch decisive.outcome {
        case .status(let status): return status
        case .failed: return 502
        }
    }
}

// MARK: For people

extension HandledEvent {
    /// `10:20:30  #7  invoice.paid  msg_…  verified  → http://localhost:3000/hook 200 in 12 ms`
    package var line: String {
        let time = RFC3339.format(event.receivedAt).dropFirst(11).prefix(8)
        var words = [String(time), event.sequence.map { "#\($0)" } ?? "–"]
        words += [event.eventType.isEmpty ? "(no type)" : event.eventType, event.id.isEmpty ? "(no id)" : event.id]
        switch verification {
        case .verified: words.append("verified")
        case .refused(let reason): words.append("REFUSED: \(reason)")
        case .unchecked: words.append("not verified")
        }
        if isRetry { words.insert("once more", at: 1) }
        words += forwards.map(\.text)
        return words.map(\.printable).joined(separator: "  ")
    }

    /// Everything that came, the body laid out as it is.
    package var details: String {
        let head = ["\(event.method) \(event.path)"] + event.headers.map { "\($0.name): \($0.value)" }
        let body = String(validating: event.body, as: UTF8.self) ?? "(\(event.body.count) bytes that aren't text)"
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return (head + [""] + lines + forwards.map(\.text)).map { "    " + $0.printable }.joined(separator: "\n")
    }
}

extension HandledEvent.Forward {
    var text: String {
        let milliseconds = Int(elapsed / .milliseconds(1))
        return switch outcome {
        case .status(let status): "→ \(url) \(status) in \(milliseconds) ms"
        case .failed(let reason): "→ \(url) FAILED: \(reason)"
        }
    }
}

extension String {
    /// Without control characters: what a sender wrote must not command the terminal.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.value < 0x20 && $0 != "\t" || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0 }))
    }
}

// MARK: For programs

extension HandledEvent: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("receivedAt", event.receivedAt)
            writer.field("sequence", event.sequence)
            writer.field("id", event.id)
            writer.field("eventType", event.eventType)
            switch verification {
            case .verified: writer.field("verification", "verified")
            case .unchecked: writer.field("verification", "unchecked")
            case .refused(let reason):
                writer.field("verification", "refused")
                writer.field("reason", reason)
            }
            writer.array("forwards") { writer in
                for forward in forwards { forward.write(to: &writer) }
            }
            writer.field("retry", ifPresent: isRetry ? true : nil)
        }
    }
}

extension HandledEvent.Forward: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("url", url)
            switch outcome {
            case .status(let status): writer.field("status", status)
            case .failed(let reason): writer.field("failure", reason)
            }
            writer.field("elapsedMs", Int(elapsed / .milliseconds(1)))
        }
    }
}

/// What a run came to.
package struct ListenTally: Hashable, Sendable {
    package private(set) var good = 0
    package private(set) var bad = 0

    package init() {}

    package var count: Int { good + bad }

    /// What was asked for once more is not another event.
    package mutating func add(_ handled: HandledEvent) {
        guard !handled.isRetry else { return }
        if handled.isGood { good += 1 } else { bad += 1 }
    }
}
