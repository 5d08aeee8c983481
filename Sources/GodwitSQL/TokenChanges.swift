import GodwitCore
import GodwitStore

extension SQLConnection {
    func change(_ command: TokenCommand, at now: Instant) throws(StoreError) -> TokenResult {
        switch command {
        case .insertToken(let token):
            try run(InsertToken(token: token))
            return .done
        case .revoke(let revocations):
            for revocation in revocations { try revoke(revocation, at: now) }
            return .revoked(revocations)
        case .rotateSigningKey(let key, let configured, let retiringAt):
            return .signingKeys(try rotate(to: key, configured: configured, retiringAt: retiringAt, at: now))
        case .noteSigningKey(let key):
            try run(InsertSigningKey(key: key))
            return .signingKeys(try all(AllSigningKeys()))
        case .forgetExpired(let limit):
            let tokens = try run(ForgetTokens(now: now, limit: limit))
            return .count(max(tokens, try run(ForgetRevocations(now: now, limit: limit))))

        case .insertIntegration(let integration):
            _ = try found(first(ApplicationExists(key: integration.application)), "application")
            guard try first(CountIntegrations(application: integration.application)) ?? 0 < Limits.integrations else {
                throw StoreError(.conflict, "the application has too many integrations")
            }
            try run(InsertIntegration(integration: integration))
            return .integration(integration)
        case .changeIntegration(let application, let reference, let change):
            var integration = try found(self.integration(application: application, reference), "integration")
            change(&integration)
            try run(UpdateIntegration(integration: integration))
            return .integration(integration)
        case .deleteIntegration(let application, let reference):
            let integration = try found(self.integration(application: application, reference), "integration")
            try run(DeleteIntegration(key: integration.id.key))
            return .deletedIntegration(integration)
        }
    }
}

extension TokenCommand {
    /// Whether it may be committed beside a server: it reads what it changes inside its transaction, and servers look for it.
    var isForEveryProcess: Bool {
        switch self {
        case .insertToken, .revoke, .rotateSigningKey, .noteSigningKey: true
        case .forgetExpired, .insertIntegration, .changeIntegration, .deleteIntegration: false
        }
    }
}
