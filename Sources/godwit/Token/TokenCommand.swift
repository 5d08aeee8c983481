import ArgumentParser
import Foundation
import GodwitCore
import GodwitHTTP

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print one bearer token, and nothing else, on stdout; list and revoke tokens.",
        discussion: """
            Needs the same store or the same GODWIT_JWT_SECRET as the server. `godwit token` alone is `godwit token print`; \
            `godwit help token print` says what it takes.
            """,
        subcommands: [
            TokenPrintCommand.self, TokenListCommand.self, TokenRevokeCommand.self, TokenRotateKeyCommand.self,
        ],
        defaultSubcommand: TokenPrintCommand.self)
}

struct TokenPrintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Print one bearer token, and nothing else, on stdout.",
        discussion: """
            A server that runs already accepts the token at once. Without --app the token may do everything in its organization.
            """)

    @OptionGroup var store: StoreFlags
    @OptionGroup var organization: OrganizationFlag
    @Option(help: "Application: its identifier (app_…). The token is then for this application only.") var app: String?
    @Option(help: "Until when it is good: a span like 30m, 12h, 7d.") var expires: String = "365d"
    @Flag(help: "It may read and not write.") var readOnly = false

    func run() async throws {
        let organization = try organization.value
        let application = try app.map { text in
            guard let id = ApplicationID(text) else { throw ValidationError("'\(text)' is not an application's identifier") }
            return id
        }
        guard let lifetime = Duration(parsing: expires), lifetime >= .seconds(1) else {
            throw ValidationError("'\(expires)' is not a span from 1s to 365d: write a number and a unit, like 12h or 7d")
        }
        let token = try await Failure.explaining {
            let keys = try TokenKeys.open(try await store.reader())
            defer { keys.close() }
            let token = keys.signer.draft(
                organization: organization, application: application, readOnly: readOnly, lifetime: lifetime,
                now: try keys.issueTime(organization, application))
            try keys.write(token)
            return try await keys.signer.sign(token)
        }
        print(token)
    }
}

/// What commands about tokens have in common.
struct OrganizationFlag: ParsableArguments {
    @Option(help: "Organization: org_ and a name.") var org: String = OrganizationID.standard.rawValue

    var value: OrganizationID {
        get throws {
            guard let organization = OrganizationID(org) else {
                throw ValidationError("'\(org)' is not an organization: write org_ and a name of a-z, A-Z, 0-9, -, _ and .")
            }
            return organization
        }
    }
}
