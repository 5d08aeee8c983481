/// One request of a check.
package struct CheckProbe: Hashable, Sendable {
    package struct Header: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method = "POST"
    /// The value of `webhook-id`, also when that header isn't sent; empty for HEAD.
    package var id: String
    package var headers: [Header]
    package var body: [UInt8]
    /// Whether a sender with the secret made it: only those may have an effect.
    package var isGenuine: Bool

    /// A copy with another value; nil leaves the header out.
    func with(_ name: String, _ value: String?) -> CheckProbe {
        var copy = self
        guard let index = copy.headers.firstIndex(where: { $0.name == name }) else { return copy }
        if let value { copy.headers[index] = Header(name, value) } else { copy.headers.remove(at: index) }
        return copy
    }

    /// A copy that the sender never made.
    var forged: CheckProbe {
        var copy = self
        copy.isGenuine = false
        return copy
    }
}

/// What came back.
package struct CheckAnswer: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case status(Int, bodyBytes: Int)
        /// No connection was made.
        case unreachable(String)
        /// Within the limit there was no whole answer.
        case tooLate
        /// The connection ended without a whole answer.
        case broken(String)
    }

    package let outcome: Outcome
    package let elapsed: Duration

    package init(_ outcome: Outcome, elapsed: Duration) {
        self.outcome = outcome
        self.elapsed = elapsed
    }

    package var text: String {
        switch outcome {
        case .status(let status, _): "answered \(status)"
        case .unreachable(let reason): "no connection: \(reason)"
        case .tooLate: "no answer within the limit"
        case .broken(let reason): "no whole answer: \(reason)"
        }
    }
}
