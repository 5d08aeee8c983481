import GodwitCore
import Testing

@Suite("The validity of tokens") struct TokenValidityTests {
    private let start = Instant(millisecondsSince1970: 1_780_000_000_000)
    private var end: Instant { start + .seconds(86_400) }

    private func token(
        _ id: String = "a", application: Int64? = 7, session: String? = nil, issued: Int64 = 0, key: String = "k",
        integration: Int64? = nil
    ) -> TokenIdentity {
        TokenIdentity(
            organization: .standard, application: application, id: id, issuedAt: start + .milliseconds(issued), expiresAt: end,
            session: session, signingKey: key, integration: integration)
    }

    private func revoked(
        _ validity: inout TokenValidity, upTo: Int64, at effect: Int64, _ scope: RevocationScope = .init(application: 7)
    ) {
        validity.add(
            Revocation(
                organization: .standard, subject: .issued(upTo: start + .milliseconds(upTo), scope),
                effectiveAt: start + .milliseconds(effect), keptUntil: .distantFuture), at: start)
    }

    @Test("is that of the token when nothing ends it")
    func untouched() { #expect(TokenValidity().end(of: token()) == end) }

    @Test("of one token ends by its name, and the sooner end counts")
    func byName() {
        var validity = TokenValidity()
        for seconds in [50, 20, 90] { validity.add(Revocation(token(), at: start + .seconds(seconds)), at: start) }
        #expect(validity.end(of: token()) == start + .seconds(20))
        #expect(validity.end(of: token("b")) == end)
    }

    @Test("ends for what was issued up to a moment, to the millisecond")
    func byTime() {
        var validity = TokenValidity()
        revoked(&validity, upTo: 100, at: 200)
        #expect(validity.end(of: token(issued: 100)) == start + .milliseconds(200))
        #expect(validity.end(of: token(issued: 101)) == end)
        #expect(validity.end(of: token(application: 8, issued: 0)) == end)
        #expect(validity.end(of: token(application: nil, issued: 0)) == end)
        #expect(validity.issueTime(.standard, application: 7, session: nil, at: start) == start + .milliseconds(101))
        #expect(validity.issueTime(.standard, application: 8, session: nil, at: start) == start)
    }

    @Test("keeps each of several ends to come")
    func pending() {
        var validity = TokenValidity()
        revoked(&validity, upTo: 0, at: 1000)
        revoked(&validity, upTo: 500, at: 1500)
        #expect(validity.end(of: token(issued: 0)) == start + .milliseconds(1000))
        #expect(validity.end(of: token(issued: 1)) == start + .milliseconds(1500))
        #expect(validity.end(of: token(issued: 501)) == end)
    }

    @Test("of a session ends with it alone")
    func sessions() {
        var validity = TokenValidity()
        revoked(&validity, upTo: 100, at: 100, .init(application: 7, session: "s"))
        #expect(validity.end(of: token(session: "s")) == start + .milliseconds(100))
        #expect(validity.end(of: token(session: "t")) == end)
        #expect(validity.end(of: token()) == end)
    }

    @Test("of an organization's revocation reaches its applications and integrations, an application's not its integrations")
    func scopes() {
        var validity = TokenValidity()
        validity.put(
            Integration(
                id: IntegrationID(key: 3, nonce: .init(high: 0, low: 0)), application: 7, name: "i", featureFlags: ["f"],
                token: "a",
                createdAt: start, updatedAt: start))
        #expect(validity.featureFlags(ofIntegration: 3) == ["f"])
        revoked(&validity, upTo: 100, at: 100)
        #expect(validity.end(of: token(integration: 3)) == end)
        revoked(&validity, upTo: 100, at: 150, .init())
        for token in [token(integration: 3), token(application: 8), token(application: nil)] {
            #expect(validity.end(of: token) == start + .milliseconds(150))
        }
    }

    @Test("of an integration's key ends when another is its key, or it is gone")
    func integrations() {
        var validity = TokenValidity()
        var integration = Integration(
            id: IntegrationID(key: 3, nonce: .init(high: 0, low: 0)), application: 7, name: "i", token: "a", createdAt: start,
            updatedAt: start)
        validity.put(integration)
        #expect(validity.end(of: token(integration: 3)) == end)
        integration.token = "b"
        validity.put(integration)
        #expect(validity.end(of: token(integration: 3)) == .distantPast)
        #expect(validity.end(of: token("b", integration: 3)) == end)
        validity.removeIntegration(3)
        #expect(validity.end(of: token("b", integration: 3)) == .distantPast)
    }

    @Test("ends with the key")
    func keys() {
        var validity = TokenValidity()
        validity.set([SigningKey(id: "k", secret: nil, createdAt: start, retiresAt: start + .seconds(5))])
        #expect(validity.end(of: token()) == start + .seconds(5))
        #expect(validity.end(of: token(key: "l")) == end)
    }

    @Test("of a token with a session is bounded by the time for which ends of sessions are kept")
    func sessionLifetime() {
        let identity = TokenIdentity(
            organization: .standard, application: 7, id: "a", issuedAt: start, expiresAt: .distantFuture, session: "s",
            signingKey: "k")
        #expect(TokenValidity().end(of: identity) == start + Limits.portalTokenLifetime)
    }

    @Test("forgets what can't end anything any more")
    func forgetting() {
        var validity = TokenValidity()
        validity.add(Revocation(token(), at: start), at: start)
        revoked(&validity, upTo: 0, at: 0)
        #expect(validity.count(.standard) == 2)
        validity.forget(at: end + .milliseconds(-1))
        #expect(validity.count(.standard) == 2)
        validity.forget(at: end)
        #expect(validity.count(.standard) == 1)
    }
}

@Suite("Capabilities") struct CapabilityTests {
    @Test("are what the operation needs, and the greatest for what isn't known")
    func needed() {
        let endpoint = "/api/v1/app/{app_id}/endpoint/{endpoint_id}"
        let expectations: [(String, Bool, Capability)] = [
            ("/api/v1/app/{app_id}", false, .viewBase), (endpoint, false, .viewBase), (endpoint, true, .manageEndpoint),
            (endpoint + "/secret", false, .viewEndpointSecret), (endpoint + "/secret/rotate", true, .manageEndpointSecret),
            (endpoint + "/transformation", false, .viewBase), (endpoint + "/transformation", true, .manageTransformations),
            (endpoint + "/recover", true, .createAttempts), (endpoint + "/dry-run", true, .viewBase),
            (endpoint + "/something-new", true, .manageEndpoint),
        ]
        for (path, writes, capability) in expectations {
            #expect(Capability.needed(for: path, writes: writes) == capability, "\(path)")
        }
    }

    @Test("include others")
    func included() {
        #expect(Capability.viewEndpointSecret.isGranted(by: [.viewBase, .manageEndpointSecret]))
        #expect(Capability.manageTransformations.isGranted(by: [.viewBase, .manageEndpoint]))
        #expect(!Capability.createAttempts.isGranted(by: [.viewBase, .manageEndpoint]))
        #expect(!Capability.manageEndpoint.isGranted(by: [.viewBase, .manageEndpointSecret, .manageTransformations]))
        #expect(!Capability.viewEndpointSecret.isGranted(by: [.viewBase]))
    }
}

@Suite("The rate of requests") struct RequestRateTests {
    private static let second: Int64 = 1_000_000_000

    @Test("admits a second's worth at once, and then one at a time", arguments: [1, 3, 10, 1_000_000])
    func rate(perSecond: Int) {
        let rate = RequestRate(perSecond: perSecond)
        var rest: Int64 = 0
        let start = 100 * Self.second
        let admitted = (0..<perSecond + 5).count { _ in rate.admit(&rest, at: start) == .admitted }
        #expect(admitted == perSecond)
        #expect(rate.admit(&rest, at: start) == .refused(retryAfterSeconds: 1))
        #expect(rate.admit(&rest, at: start + Self.second / Int64(perSecond) + 1) == .admitted)
        #expect(rate.admit(&rest, at: start + Self.second / Int64(perSecond) + 1) == .refused(retryAfterSeconds: 1))
    }

    @Test("gives no more than a second's worth after a long rest, and refusals cost nothing")
    func rest() {
        let rate = RequestRate(perSecond: 2)
        var rest: Int64 = 0
        for round in 1...3 as ClosedRange<Int64> {
            let now = round * 100 * Self.second
            #expect((0..<50).count { _ in rate.admit(&rest, at: now) == .admitted } == 2)
        }
    }
}
