import GodwitCore
import GodwitStore

/// Commands about tokens at random, few enough names that they meet.
struct TokenCommands {
    private let organizations: [OrganizationID]
    private var tokens: [Token] = []
    private var integrations: [Integration] = []
    private var keys = 0

    init(_ organizations: [OrganizationID]) { self.organizations = organizations }

    mutating func next(
        _ identifiers: inout IdentifierGenerator, application: Int64, at now: Instant, using random: inout SeededGenerator
    ) -> TokenCommand {
        let pick = { (range: ClosedRange<Int>, random: inout SeededGenerator) in Int.random(in: range, using: &random) }
        let organization = organizations[pick(0...organizations.count - 1, &random)]
        let later = now + .milliseconds(Int64(pick(-3000...9000, &random)))
        switch pick(0...9, &random) {
        case 0, 1:
            let token = Token(
                id: identifiers.next(TokenKind.self, at: now, using: &random), organization: organization, signingKey: "k",
                createdAt: now, expiresAt: now + .milliseconds(Int64(pick(1...20_000, &random))))
            tokens.append(token)
            return .insertToken(token)
        case 2, 3:
            let named = tokens.randomElement(using: &random)
            return .revoke([
                Revocation(
                    organization: organization, subject: .token(named?.id.description ?? "none"), effectiveAt: later,
                    keptUntil: now + .milliseconds(Int64(pick(1...20_000, &random))))
            ])
        case 4, 5:
            let scope = RevocationScope(
                application: pick(0...1, &random) == 0 ? nil : 7, session: pick(0...1, &random) == 0 ? nil : "s")
            let upTo = now + .milliseconds(Int64(pick(-5000...0, &random)))
            return .revoke([
                Revocation(
                    organization: organization, subject: .issued(upTo: upTo, scope), effectiveAt: later,
                    keptUntil: later + .milliseconds(5000))
            ])
        case 6: return .forgetExpired(limit: pick(1...3, &random))
        case 7:
            keys += 1
            let key = SigningKey(id: "key_\(keys)", secret: "s", createdAt: now)
            let configured = SigningKey(id: "cfg", secret: nil, createdAt: now)
            if pick(0...3, &random) == 0 { return .noteSigningKey(configured) }
            return .rotateSigningKey(key, configured: configured, retiringAt: later)
        case 8:
            let integration = Integration(
                id: identifiers.next(IntegrationKind.self, at: now, using: &random), application: application, name: "n",
                createdAt: now, updatedAt: now)
            integrations.append(integration)
            return .insertIntegration(integration)
        default:
            let former = integrations.randomElement(using: &random)
            let reference = former?.id.reference ?? .uid("none")
            return pick(0...1, &random) == 0
                ? .changeIntegration(application: former?.application ?? 0, reference) { $0.token = "t" }
                : .deleteIntegration(application: former?.application ?? 0, reference)
        }
    }
}
