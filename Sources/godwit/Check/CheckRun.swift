import GodwitCheck
import GodwitCore
import GodwitEngine

/// Sends the requests of every case, in their order, and has the answers judged.
struct CheckRun {
    let url: WebhookURL
    let settings: CheckSettings
    let client: OutgoingClient
    /// Tells how many effects an event had: a URL with `{id}` in place of the identifier.
    let effectsURL: String?
    let run: String

    /// How long an effect may take after the answer: receivers may work later.
    private static let effectPatience: Duration = .seconds(2)

    func report() async throws -> CheckReport {
        var results: [CheckResult] = []
        var answers: [CheckAnswer] = []
        var excuse: (reason: String, all: Bool)?
        for check in CheckCase.all {
            if let excuse, excuse.all || check.isPassedByRefusing {
                results.append(check.skipped(excuse.reason))
                continue
            }
            let probes = try check.probes(CheckContext(run: run, at: .now, settings: settings))
            guard !probes.isEmpty else {
                results.append(check.skipped("does not apply to this kind of secret"))
                continue
            }
            let given = await answer(probes, check.sending)
            let effects = try await effects(of: probes, check)
            let result = check.judge(probes, given, effects: effects)
            if check.name == CheckCase.valid.name, result.outcome == .failed { excuse = Self.excuse(given) }
            answers += given
            results.append(result)
        }
        let reached = answers.filter { if case .unreachable = $0.outcome { false } else { true } }
        results.append(CheckReport.inTime(reached, limit: settings.limit))
        return CheckReport(url: "\(url)", results: results)
    }

    /// What the failure of the valid request means for the other cases.
    private static func excuse(_ answers: [CheckAnswer]) -> (reason: String, all: Bool) {
        if case .unreachable? = answers.first?.outcome { return ("nothing answers there", true) }
        return ("says nothing while a valid webhook is refused, too", false)
    }

    private func answer(_ probes: [CheckProbe], _ sending: CheckCase.Sending) async -> [CheckAnswer] {
        switch sending {
        case .oneByOne:
            var answers: [CheckAnswer] = []
            for probe in probes { answers.append(await answer(probe)) }
            return answers
        case .together:
            return await withTaskGroup(of: (Int, CheckAnswer).self) { group in
                for (index, probe) in probes.enumerated() { group.addTask { (index, await answer(probe)) } }
                var answers: [(Int, CheckAnswer)] = []
                for await answer in group { answers.append(answer) }
                return answers.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
    }

    private func answer(_ probe: CheckProbe) async -> CheckAnswer {
        let start = ContinuousClock.now
        let headers = probe.headers.map { ($0.name, $0.value) } + [("user-agent", "Godwit-Check/\(Godwit.version)")]
        do throws(OutgoingFailure) {
            let answer = try await client.send(
                OutgoingRequest(method: probe.method, url: url, headers: headers, body: probe.body))
            return CheckAnswer(.status(answer.status, bodyBytes: answer.body.count), elapsed: answer.elapsed)
        } catch {
            let outcome: CheckAnswer.Outcome =
                switch error {
                case .unreachable(let reason): .unreachable(reason)
                case .tooLate: .tooLate
                case .broken(let reason): .broken(reason)
                }
            return CheckAnswer(outcome, elapsed: .now - start)
        }
    }

    // MARK: Effects

    private func effects(of probes: [CheckProbe], _ check: CheckCase) async throws -> [String: Int] {
        guard let effectsURL else { return [:] }
        var effects: [String: Int] = [:]
        for id in Set(probes.map(\.id)) where !id.isEmpty {
            let wanted = probes.contains { $0.id == id && $0.isGenuine } ? 1 : 0
            let deadline = ContinuousClock.now + Self.effectPatience
            repeat {
                effects[id] = try await count(effectsURL.replacing("{id}", with: id))
                if effects[id] == wanted || wanted == 0 { break }
                try await Task.sleep(for: .milliseconds(50))  // The receiver can't tell when it is done.
            } while .now < deadline
        }
        return effects
    }

    private func count(_ url: String) async throws -> Int {
        let answer = try await client.send(
            OutgoingRequest(method: "GET", url: try WebhookURL(url), headers: [], body: []))
        let text = String(decoding: answer.body, as: UTF8.self).trimmingPrefix { $0.isWhitespace }.prefix { $0.isNumber }
        guard answer.status == 200, let count = Int(text) else { throw NoCount(url: url, status: answer.status) }
        return count
    }

    private struct NoCount: Error, CustomStringConvertible {
        let url: String
        let status: Int

        var description: String { "--effects: \(url) must answer 200 with a number; it answered \(status)" }
    }
}
