import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes
import Logging
import Synchronization

/// Lets one request with an idempotency key through, and gives its answer to the others. Publishes don't come here: their
/// keys are stored in the transaction that stores the message.
final class IdempotencyGate: Sendable {
    private let engine: DeliveryEngine
    private let logger: Logger
    /// Scopes with a request under way, and who waits for its end.
    private let running = Mutex<[IdempotencyKey.Fingerprint: [CheckedContinuation<Bool, Never>]]>([:])

    init(engine: DeliveryEngine, logger: Logger) {
        self.engine = engine
        self.logger = logger
    }

    func answer(
        _ key: IdempotencyKey, at now: Instant, _ operation: @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await enter(key.scope)
        defer { leave(key.scope) }
        let since = Instant(millisecondsSince1970: now.millisecondsSince1970 - Limits.idempotencyAge.wholeMilliseconds)
        switch try await engine.read({ store throws(StoreError) in try store.rememberedResponse(key, since: since) }) {
        case .response(let response): return Answer(response)
        case .mismatch: throw Problem.idempotencyMismatch
        case .none: break
        }
        let answer = try await operation()
        await remember(answer, key)
        return answer
    }

    /// What the operation did is durable by now, so a failure to remember its answer must not look like a failure of it.
    private func remember(_ answer: Answer, _ key: IdempotencyKey) async {
        guard answer.status.kind == .successful else { return }
        do {
            let response = StoredResponse(status: answer.status.code, body: answer.body ?? [])
            _ = try await engine.change(.rememberResponse(key, response))
        } catch {
            logger.warning("answer not remembered", metadata: ["error": "\(error)"])
        }
    }

    private func enter(_ scope: IdempotencyKey.Fingerprint) async throws(Problem) {
        let isEntered = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let answer: Bool? = running.withLock { running in
                guard let waiting = running[scope] else {
                    running[scope] = []
                    return true
                }
                guard waiting.count < Limits.idempotencyWaiters else { return false }
                running[scope] = waiting + [continuation]
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
        guard isEntered else { throw .conflict("Too many requests with this idempotency key are under way.") }
    }

    /// The next in line enters.
    private func leave(_ scope: IdempotencyKey.Fingerprint) {
        let next = running.withLock { running -> CheckedContinuation<Bool, Never>? in
            guard var waiting = running[scope], !waiting.isEmpty else {
                running[scope] = nil
                return nil
            }
            let next = waiting.removeFirst()
            running[scope] = waiting
            return next
        }
        next?.resume(returning: true)
    }
}

extension Answer {
    fileprivate init(_ response: StoredResponse) {
        let status = HTTPResponse.Status(code: response.status)
        self =
            status == .noContent
            ? .noContent(headers: IdempotencyFields.replayed)
            : Answer(status, json: response.body, headers: IdempotencyFields.replayed)
    }
}
