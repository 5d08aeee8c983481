/// What a case came to.
package struct CheckResult: Hashable, Sendable {
    package enum Outcome: String, Hashable, Sendable { case passed, failed, skipped }

    package let name: String
    package let title: String
    package let outcome: Outcome
    /// What was seen, or why the case was skipped.
    package let observed: String
    /// What to do; nil unless it failed.
    package let remedy: String?
    /// Of all its requests.
    package let elapsed: Duration
}

extension CheckCase {
    /// - Parameters:
    ///   - answers: one for each probe, in their order.
    ///   - effects: what the receiver says that came of it, by identifier, if it was asked.
    package func judge(_ probes: [CheckProbe], _ answers: [CheckAnswer], effects: [String: Int] = [:]) -> CheckResult {
        let problem = problem(probes, answers) ?? effectProblem(probes, effects)
        let elapsed = sending == .together ? answers.map(\.elapsed).max() ?? .zero : answers.reduce(.zero) { $0 + $1.elapsed }
        return CheckResult(
            name: name, title: title, outcome: problem == nil ? .passed : .failed,
            observed: problem ?? answers.map(\.text).distinct.joined(separator: ", then "),
            remedy: problem == nil ? nil : remedy, elapsed: elapsed)
    }

    package func skipped(_ reason: String) -> CheckResult {
        CheckResult(name: name, title: title, outcome: .skipped, observed: reason, remedy: nil, elapsed: .zero)
    }

    /// Whether a receiver that refuses everything would pass.
    package var isPassedByRefusing: Bool { expects == .refusesForgeries }

    private func problem(_ probes: [CheckProbe], _ answers: [CheckAnswer]) -> String? {
        switch expects {
        case .accepts: return first(probes, answers) { _, answer in answer.acceptanceProblem }
        case .refusesForgeries:
            return first(probes, answers) { probe, answer in
                probe.isGenuine ? answer.acceptanceProblem : answer.refusalProblem
            }
        case .acceptsOnce:
            return answers.first?.acceptanceProblem
                ?? first(probes, answers) { _, answer in answer.isAccepted ? nil : answer.refusalProblem }
        case .acceptsOrWaits:
            guard answers.contains(where: \.isAccepted) else { return "none was accepted: \(answers.first?.text ?? "")" }
            return first(probes, answers) { _, answer in
                if case .status(409, _) = answer.outcome { nil } else { answer.acceptanceProblem }
            }
        case .answersHead: return answers.first?.headProblem
        }
    }

    private func first(
        _ probes: [CheckProbe], _ answers: [CheckAnswer], _ problem: (CheckProbe, CheckAnswer) -> String?
    ) -> String? {
        for (number, (probe, answer)) in zip(probes, answers).enumerated() {
            guard let problem = problem(probe, answer) else { continue }
            return probes.count == 1 ? problem : "request \(number + 1) of \(probes.count): \(problem)"
        }
        return nil
    }

    private func effectProblem(_ probes: [CheckProbe], _ effects: [String: Int]) -> String? {
        for (id, count) in effects.sorted(by: { $0.key < $1.key }) {
            let wanted = probes.contains { $0.id == id && $0.isGenuine } ? 1 : 0
            if count != wanted { return "\(id) had \(count) effects instead of \(wanted)" }
        }
        return nil
    }
}

extension CheckAnswer {
    package var isAccepted: Bool { if case .status(200...299, _) = outcome { true } else { false } }

    fileprivate var acceptanceProblem: String? { isAccepted ? nil : text }

    /// 408, 410 and 429 have a meaning of their own to a sender: it would repeat, give up the endpoint, or slow down.
    fileprivate var refusalProblem: String? {
        guard case .status(let status, _) = outcome else { return text }
        switch status {
        case 408, 410, 429: return "\(text), which tells a sender something else than a refusal"
        case 400...499: return nil
        case 200...299: return "\(text): accepted"
        case 300...399: return "\(text): a redirect, which is never followed, instead of 4xx"
        default: return "\(text): an error instead of a refusal"
        }
    }

    fileprivate var headProblem: String? {
        guard case .status(let status, let bodyBytes) = outcome else { return text }
        switch status {
        case 200...299, 401, 403, 405: return bodyBytes == 0 ? nil : "\(text) with a body"
        default: return text
        }
    }
}

extension Array where Element: Hashable {
    /// Each once, in the order of the first.
    fileprivate var distinct: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
