package import GodwitCore
package import GodwitStore

extension SQLStore {
    package func token(_ organization: OrganizationID, _ id: TokenID) throws(StoreError) -> Token? {
        try read { connection throws(StoreError) in try connection.first(FindToken(id: id, organization: organization)) }
    }

    package func tokens(
        _ organization: OrganizationID, application: Int64?, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<Token> {
        try read { connection throws(StoreError) in
            page.page(fromFetched: try connection.tokens(organization, application: application, page))
        }
    }

    package func revocations(after number: Int64) throws(StoreError) -> [NumberedRevocation] {
        try read { connection throws(StoreError) in try connection.all(RevocationsAfter(number: number)) }
    }

    package func signingKeys() throws(StoreError) -> [SigningKey] {
        try read { connection throws(StoreError) in try connection.all(AllSigningKeys()) }
    }

    package func integration(application: Int64, _ reference: Reference) throws(StoreError) -> Integration? {
        try read { connection throws(StoreError) in try connection.integration(application: application, reference) }
    }

    package func integrations(application: Int64, _ page: PageRequest<Int64>) throws(StoreError) -> Page<Integration> {
        try read { connection throws(StoreError) in
            page.page(
                fromFetched: page.fetchesAscending
                    ? try connection.all(ListIntegrations<Upwards>(application: application, page: page))
                    : try connection.all(ListIntegrations<Downwards>(application: application, page: page)))
        }
    }

    package func allIntegrations() throws(StoreError) -> [Integration] {
        try read { connection throws(StoreError) in try connection.all(AllIntegrations()) }
    }
}

extension SQLConnection {
    fileprivate func tokens(
        _ organization: OrganizationID, application: Int64?, _ page: PageRequest<Int64>
    ) throws(StoreError) -> [Token] {
        switch (application, page.fetchesAscending) {
        case (nil, true): try all(ListTokens<Upwards>(organization: organization, page: page))
        case (nil, false): try all(ListTokens<Downwards>(organization: organization, page: page))
        case (let key?, true):
            try all(ListTokensOfApplication<Upwards>(organization: organization, application: key, page: page))
        case (let key?, false):
            try all(ListTokensOfApplication<Downwards>(organization: organization, application: key, page: page))
        }
    }
}
