package import GodwitCore
import GodwitStore
import Synchronization

/// What ends tokens, in memory: as it was committed last by this process, and at most `Limits.accessPollMilliseconds` ago by others.
package final class AccessRegister: Sendable {
    private struct State {
        var validity = TokenValidity()
        var signingKeys: [SigningKey] = []
        /// Up to this one all revocations are known, whoever made them.
        var number: Int64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let changes = Atomic(0)

    /// Grows with every change: while it stands, so do the answers.
    package var generation: Int { changes.load(ordering: .acquiring) }

    package func end(of token: TokenIdentity) -> Instant { state.withLock { $0.validity.end(of: token) } }

    /// nil for an integration that isn't there.
    package func featureFlags(ofIntegration key: Int64) -> [String]? {
        state.withLock { $0.validity.featureFlags(ofIntegration: key) }
    }

    package func issueTime(
        _ organization: OrganizationID, application: Int64?, session: String?, at now: Instant
    ) -> Instant {
        state.withLock { $0.validity.issueTime(organization, application: application, session: session, at: now) }
    }

    /// In the order in which they were made.
    package var signingKeys: [SigningKey] { state.withLock { $0.signingKeys } }

    /// Whether as many further revocations are within the organization's bound.
    package func hasRoom(for more: Int, _ organization: OrganizationID) -> Bool {
        state.withLock { $0.validity.count(organization) + more <= Limits.revocations }
    }
}

extension AccessRegister {
    var number: Int64 { state.withLock { $0.number } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func close() { state.withLock { $0.isClosed = true } }

    /// What this process committed. Others may have made revocations of a lower number, so `number` stays.
    func apply(_ result: TokenResult, at now: Instant) {
        change { state in
            switch result {
            case .done, .count: return false
            case .revoked(let revocations):
                for revocation in revocations { state.validity.add(revocation, at: now) }
            case .signingKeys(let keys): Self.set(keys, in: &state)
            case .integration(let integration): state.validity.put(integration)
            case .deletedIntegration(let integration): state.validity.removeIntegration(integration.id.key)
            }
            return true
        }
    }

    /// What all processes committed.
    func apply(_ revocations: [NumberedRevocation], _ keys: [SigningKey], at now: Instant) {
        change { state in
            guard !revocations.isEmpty || keys != state.signingKeys else { return false }
            for numbered in revocations { state.validity.add(numbered.revocation, at: now) }
            state.number = max(state.number, revocations.last?.number ?? 0)
            Self.set(keys, in: &state)
            return true
        }
    }

    func put(_ integrations: [Integration]) {
        change { state in
            for integration in integrations { state.validity.put(integration) }
            return true
        }
    }

    func removeIntegration(_ key: Int64) {
        change { state in
            state.validity.removeIntegration(key)
            return true
        }
    }

    func removeIntegrations(ofApplication key: Int64) {
        change { state in
            state.validity.removeIntegrations(ofApplication: key)
            return true
        }
    }

    func forget(at now: Instant) { state.withLock { $0.validity.forget(at: now) } }

    private static func set(_ keys: [SigningKey], in state: inout State) {
        state.signingKeys = keys
        state.validity.set(keys)
    }

    /// - Parameter body: says whether anything changed.
    private func change(_ body: (inout State) -> Bool) {
        if state.withLock({ body(&$0) }) { changes.add(1, ordering: .releasing) }
    }
}
