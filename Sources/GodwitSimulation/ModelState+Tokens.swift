import GodwitCore
import GodwitStore

/// Who may call.
struct ModelAccess {
    var tokens: [Int64: Token] = [:]
    var revocations: [NumberedRevocation] = []
    var lastRevocation: Int64 = 0
    var signingKeys: [SigningKey] = []
    var integrations: [Int64: Integration] = [:]
}

extension ModelAccess {
    /// - Parameter isApplication: whether there is one with that key.
    mutating func change(
        _ command: TokenCommand, at now: Instant, isApplication: (Int64) -> Bool
    ) throws(StoreError) -> TokenResult {
        switch command {
        case .insertToken(let token):
            guard tokens[token.id.key] == nil else { throw StoreError(.conflict, "taken") }
            tokens[token.id.key] = token
            return .done
        case .revoke(let revocations):
            let former = self
            do throws(StoreError) {
                for revocation in revocations { try revoke(revocation, at: now) }
            } catch {
                self = former
                throw error
            }
            return .revoked(revocations)
        case .rotateSigningKey(let key, let configured, let retiringAt):
            return .signingKeys(try rotate(to: key, configured: configured, retiringAt: retiringAt, at: now))
        case .noteSigningKey(let key):
            if !signingKeys.contains(where: { $0.id == key.id }) { signingKeys.append(key) }
            return .signingKeys(signingKeys)
        case .forgetExpired(let limit):
            let spent = tokens.values.filter { $0.expiresAt <= now }.sorted { ($0.expiresAt, $0.id) < ($1.expiresAt, $1.id) }
                .prefix(limit)
            for token in spent { tokens[token.id.key] = nil }
            let numbers = Set(
                revocations.filter { $0.revocation.keptUntil <= now }
                    .sorted { ($0.revocation.keptUntil, $0.number) < ($1.revocation.keptUntil, $1.number) }.prefix(limit).map(
                        \.number))
            revocations.removeAll { numbers.contains($0.number) }
            return .count(max(spent.count, numbers.count))

        case .insertIntegration(let integration):
            guard isApplication(integration.application) else { throw StoreError(.notFound, "not found") }
            let count = integrations.values.filter { $0.application == integration.application }.count
            guard count < Limits.integrations else { throw StoreError(.conflict, "too many integrations") }
            integrations[integration.id.key] = integration
            return .integration(integration)
        case .changeIntegration(let application, let reference, let change):
            guard var integration = integration(application: application, reference) else {
                throw StoreError(.notFound, "not found")
            }
            change(&integration)
            integrations[integration.id.key] = integration
            return .integration(integration)
        case .deleteIntegration(let application, let reference):
            guard let integration = integration(application: application, reference) else {
                throw StoreError(.notFound, "not found")
            }
            integrations[integration.id.key] = nil
            return .deletedIntegration(integration)
        }
    }

    func integration(application: Int64, _ reference: Reference) -> Integration? {
        guard case .id(let key, let text) = reference, let found = integrations[key] else { return nil }
        return found.id.description == text && found.application == application ? found : nil
    }

    private mutating func revoke(_ revocation: Revocation, at now: Instant) throws(StoreError) {
        let rivals = revocations.filter { other in
            guard other.revocation.organization == revocation.organization else { return false }
            return switch (other.revocation.subject, revocation.subject) {
            case (.token(let one), .token(let other)): one == other
            case (.issued(_, let one), .issued(_, let other)): one == other
            default: false
            }
        }
        if rivals.contains(where: { $0.revocation.covers(revocation, at: now) }) { return }
        let covered = Set(rivals.filter { revocation.covers($0.revocation, at: now) }.map(\.number))
        if case .issued = revocation.subject, rivals.count - covered.count >= Limits.revocationsPending {
            throw StoreError(.conflict, "too many expiries are still to come")
        }
        revocations.removeAll { covered.contains($0.number) }
        lastRevocation += 1
        revocations.append(NumberedRevocation(number: lastRevocation, revocation: revocation))
    }

    private mutating func rotate(
        to key: SigningKey, configured: SigningKey, retiringAt: Instant, at now: Instant
    ) throws(StoreError) -> [SigningKey] {
        var keys = signingKeys
        if !keys.contains(where: { $0.id == configured.id }) { keys.append(configured) }
        for index in keys.indices { keys[index].retiresAt = min(keys[index].retiresAt ?? retiringAt, retiringAt) }
        keys.append(key)
        guard keys.count(where: { $0.secret != nil && ($0.retiresAt ?? .distantFuture) > now }) <= Limits.signingKeys else {
            throw StoreError(.conflict, "too many signing keys")
        }
        signingKeys = keys
        return keys
    }
}

extension Revocation {
    /// Of the same token or scope.
    fileprivate func covers(_ other: Revocation, at now: Instant) -> Bool {
        guard case .issued(let upTo, _) = subject, case .issued(let otherUpTo, _) = other.subject else {
            return effectiveAt <= other.effectiveAt
        }
        return RevocationCutoff(upTo: upTo, effectiveAt: effectiveAt)
            .covers(RevocationCutoff(upTo: otherUpTo, effectiveAt: other.effectiveAt), at: now)
    }
}
