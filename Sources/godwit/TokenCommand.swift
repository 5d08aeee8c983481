import ArgumentParser
import GodwitCore
import GodwitHTTP

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print one bearer token, and nothing else, on stdout.",
        discussion: """
            Needs the same store or the same GODWIT_JWT_SECRET as the server. A server that runs already accepts the token at \
            once. Without --app the token may do everything in its organization.
            """)

    @OptionGroup var store: StoreFlags
    @Option(help: "Organization: org_ and a name.") var org: String = OrganizationID.standard.rawValue
    @Option(help: "Application: its identifier (app_…). The token is then for this application only.") var app: String?
    @Option(help: "Until when it is good: a span like 30m, 12h, 7d.") var expires: String = "365d"
    @Flag(help: "It may read and not write.") var readOnly = false

    func run() async throws {
        guard let organization = OrganizationID(org) else {
            throw ValidationError("'\(org)' is not an organization: write org_ and a name of a-z, A-Z, 0-9, -, _ and .")
        }
        let application = try app.map { text in
            guard let id = ApplicationID(text) else { throw ValidationError("'\(text)' is not an application's identifier") }
            return id
        }
        guard let lifetime = Duration(parsing: expires), lifetime >= .seconds(1) else {
            throw ValidationError("'\(expires)' is not a span from 1s to 365d: write a number and a unit, like 12h or 7d")
        }
        let token = try await Failure.explaining {
            let reader = try await store.reader()
            let secret = try JWTSecret.read(reader)
            return try await TokenSigner(secret: Array(secret.utf8)).token(
                organization: organization, application: application, readOnly: readOnly, lifetime: lifetime,
                now: Instant.now)
        }
        print(token)
    }
}
