import ArgumentParser
import GodwitCore
import GodwitStore

struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the tokens that were written down and have not expired, the newest first.",
        discussion: """
            Tokens of the command and of the API, those of the application portal included. A token that was made with the secret alone, \
            where there was no store, is good without being listed.
            """)

    @OptionGroup var store: StoreFlags
    @OptionGroup var organization: OrganizationFlag
    @Option(help: "Only those of this application, by identifier (app_…) or uid.") var app: String?
    @Option(help: "table or json.") var output = APIFlags.Output.table

    func run() async throws {
        let organization = try organization.value
        let rows = try await Failure.explaining {
            let (keys, store) = try TokenKeys.openExisting(try await store.reader())
            defer { keys.close() }
            let application = try app.map { try store.namedApplication(organization, $0).id.key }
            let validity = try keys.validity()
            return try tokens(store, organization, application).map {
                ListedToken(token: $0, end: validity.end(of: $0.identity))
            }
        }
        switch output {
        case .json: print(String(decoding: JSONWriter.write(rows), as: UTF8.self))
        case .table:
            let heading = ["ID", "FOR", "MAY", "MADE", "EXPIRES", "REVOKED", "NAME"]
            print(TextTable.lines([heading] + rows.map(\.columns)).joined(separator: "\n"))
        }
    }

    private func tokens(
        _ store: some Store, _ organization: OrganizationID, _ application: Int64?
    ) throws(StoreError) -> [Token] {
        let now = try store.timeOfDay()
        var found: [Token] = []
        var page = PageRequest<Int64>(limit: Limits.pageItems, order: .descending)
        while true {
            let next = try store.tokens(organization, application: application, page)
            found += next.items
            guard next.hasMore, let last = next.items.last else { return found.filter { $0.expiresAt > now } }
            page.position = .after(last.id.key)
        }
    }
}

private struct ListedToken: JSONWritable {
    let token: Token
    let end: Instant

    private var revokedAt: Instant? { end < token.expiresAt ? end : nil }

    var columns: [String] {
        [
            token.id.description, token.application?.description ?? token.organization.rawValue,
            token.readOnly ? "read" : token.capabilities.map { $0.map(\.rawValue).joined(separator: ",") } ?? "all",
            RFC3339.format(token.createdAt), RFC3339.format(token.expiresAt), revokedAt.map(RFC3339.format) ?? "-",
            token.name.isEmpty ? token.purpose.rawValue : token.name,
        ]
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", token.id)
            writer.field("name", token.name)
            writer.field("purpose", token.purpose.rawValue)
            writer.field("organization", token.organization.rawValue)
            writer.field("appId", token.application)
            writer.field("readOnly", token.readOnly)
            writer.field("capabilities", token.capabilities?.map(\.rawValue))
            writer.field("featureFlags", token.featureFlags)
            writer.field("sessionId", token.session)
            writer.field("keyId", token.signingKey)
            writer.field("createdAt", token.createdAt)
            writer.field("expiresAt", token.expiresAt)
            writer.field("revokedAt", revokedAt)
        }
    }
}

extension Store {
    /// By identifier or uid.
    func namedApplication(_ organization: OrganizationID, _ name: String) throws(StoreError) -> Application {
        let reference = ApplicationID(name).map { Reference.id(key: $0.key, text: name) } ?? .uid(name)
        guard let found = try application(organization, reference) else {
            throw StoreError(.notFound, "there is no application '\(name)' in \(organization)")
        }
        return found
    }
}
