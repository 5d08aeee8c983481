package import GodwitCore

/// Tokens, what ends them, the keys that sign them, and integrations.
package protocol TokenStore: Sendable {
    func token(_ organization: OrganizationID, _ id: TokenID) throws(StoreError) -> Token?
    /// - Parameter application: `ApplicationID.key`; nil for all tokens of the organization.
    func tokens(
        _ organization: OrganizationID, application: Int64?, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<Token>
    /// In the order of their numbers, which grow with every commit, those after `number`; of all processes that write to the store.
    func revocations(after number: Int64) throws(StoreError) -> [NumberedRevocation]
    /// In the order in which they were made.
    func signingKeys() throws(StoreError) -> [SigningKey]

    func integration(application: Int64, _ reference: Reference) throws(StoreError) -> Integration?
    func integrations(application: Int64, _ page: PageRequest<Int64>) throws(StoreError) -> Page<Integration>
    /// Of all applications that aren't deleted.
    func allIntegrations() throws(StoreError) -> [Integration]
}

package struct NumberedRevocation: Hashable, Sendable {
    /// Positive.
    package let number: Int64
    package let revocation: Revocation

    package init(number: Int64, revocation: Revocation) {
        self.number = number
        self.revocation = revocation
    }
}

/// Changes of who may call. Also a process beside the server may commit them, except those of integrations.
package enum TokenCommand: Sendable {
    case insertToken(Token)
    /// Answered by `.revoked`. Of one token only the earliest end stands, and what is covered by another isn't kept. A conflict when
    /// `Limits.revocationsPending` of a scope are still to come.
    case revoke([Revocation])
    /// A new key signs; what signed before it retires at `retiringAt`, unless it does so earlier. Answered by `.signingKeys`. A
    /// conflict when `Limits.signingKeys` that were rotated to are not retired.
    ///
    /// - Parameter configured: the key of the configuration, written down if it isn't yet.
    case rotateSigningKey(SigningKey, configured: SigningKey, retiringAt: Instant)
    /// Writes down that there is this key, of the configuration, so that a rotation retires it whoever rotates. One that is there
    /// stays as it is. Answered by `.signingKeys`.
    case noteSigningKey(SigningKey)
    /// Removes up to `limit` tokens, and as many revocations, that have had their time. Answered by `.count`, the greater of the two
    /// numbers; ask again until it is below the limit. Signing keys stay: that one is retired must never be forgotten.
    case forgetExpired(limit: Int)

    /// Answered by `.integration`. A conflict when the application has `Limits.integrations`.
    case insertIntegration(Integration)
    case changeIntegration(application: Int64, Reference, @Sendable (inout Integration) -> Void)
    /// Answered by `.deletedIntegration`.
    case deleteIntegration(application: Int64, Reference)
}

package enum TokenResult: Sendable {
    case done
    case revoked([Revocation])
    case signingKeys([SigningKey])
    case count(Int)
    case integration(Integration)
    case deletedIntegration(Integration)
}
