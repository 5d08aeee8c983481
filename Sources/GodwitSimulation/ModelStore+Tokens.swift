package import GodwitCore
package import GodwitStore
import Synchronization

extension ModelStore {
    package func token(_ organization: OrganizationID, _ id: TokenID) -> Token? {
        state.withLock { $0.access.tokens[id.key] }.flatMap { $0.id == id && $0.organization == organization ? $0 : nil }
    }

    package func tokens(
        _ organization: OrganizationID, application: Int64?, _ page: PageRequest<Int64>
    ) -> Page<Token> {
        let tokens = state.withLock { state in
            state.access.tokens.values.filter { token in
                token.organization == organization && (application == nil || token.application?.key == application)
            }
        }
        return page.page(of: tokens, key: \.id.key)
    }

    package func revocations(after number: Int64) -> [NumberedRevocation] {
        state.withLock { $0.access.revocations.filter { $0.number > number } }
    }

    package func signingKeys() -> [SigningKey] { state.withLock { $0.access.signingKeys } }

    package func integration(application: Int64, _ reference: Reference) -> Integration? {
        state.withLock { $0.access.integration(application: application, reference) }
    }

    package func integrations(application: Int64, _ page: PageRequest<Int64>) -> Page<Integration> {
        let integrations = state.withLock { state in
            state.access.integrations.values.filter { $0.application == application }
        }
        return page.page(of: integrations, key: \.id.key)
    }

    package func allIntegrations() -> [Integration] {
        state.withLock { state in
            state.access.integrations.values
                .filter { state.applications[$0.application]?.isDeleted == false }
                .sorted { $0.id.key < $1.id.key }
        }
    }
}
