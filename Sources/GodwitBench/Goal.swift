package import GodwitCore

/// One thing that a benchmark has to show, and what it showed.
package struct Goal: Hashable, Sendable {
    package enum Bound: Hashable, Sendable {
        case atLeast(Double)
        case atMost(Double)
    }

    /// With its unit, in the field names of JSON.
    package let name: String
    /// For people.
    package let title: String
    /// nil when it could not be measured; such a goal is missed.
    package let measured: Double?
    package let bound: Bound

    package init(_ name: String, _ title: String, measured: Double?, _ bound: Bound) {
        self.name = name
        self.title = title
        self.measured = measured
        self.bound = bound
    }

    package var isMet: Bool {
        guard let measured else { return false }
        return switch bound {
        case .atLeast(let least): measured >= least
        case .atMost(let most): measured <= most
        }
    }

    /// As in `0.981, at least 0.950 wanted`.
    package var text: String {
        let wanted =
            switch bound {
            case .atLeast(let least): "at least \(Fixed(least, places: 3)) wanted"
            case .atMost(let most): "at most \(Fixed(most, places: 3)) wanted"
            }
        return "\(measured.map { "\(Fixed($0, places: 3))" } ?? "not measured"), \(wanted)"
    }

    /// By how much `value` is more than `base`; nil without a base.
    package static func ratio(_ value: Double?, of base: Double?) -> Double? {
        guard let value, let base, base > 0 else { return nil }
        return value / base
    }
}

/// `{"name":"…","measured":0.981,"at_least":0.950,"met":true}`
extension Goal: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("name", name)
            writer.field("measured", Fixed(measured, places: 3))
            switch bound {
            case .atLeast(let least): writer.field("at_least", Fixed(least, places: 3))
            case .atMost(let most): writer.field("at_most", Fixed(most, places: 3))
            }
            writer.field("met", isMet)
        }
    }
}

/// What a report says in one word, and the exit code with it.
package struct Verdict: Sendable {
    package let goals: [Goal]
    /// Why the figures don't count, whatever they are.
    package let problems: [String]

    package init(goals: [Goal], problems: [String]) {
        self.goals = goals
        self.problems = problems
    }

    package var isMet: Bool { problems.isEmpty && goals.allSatisfy(\.isMet) }

    func write(to writer: inout JSONWriter) {
        writer.field("goals", goals)
        writer.field("verdict", isMet ? "met" : "missed")
        writer.field("problems", problems)
    }

    var lines: [String] {
        goals.map { ReportText.row($0.isMet ? "met" : "MISSED", "\($0.title): \($0.text)") }
            + problems.map { ReportText.row("PROBLEM", $0) }
    }
}
