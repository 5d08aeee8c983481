import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func tokensAreKept(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let application = scene.application()
        try scene.change(.insertApplication(application))
        let other = try #require(OrganizationID("org_other"))
        let plain = scene.token()
        let full = Token(
            id: scene.identifier(), organization: .standard, application: application.id, name: "포털", purpose: .portal,
            readOnly: true, capabilities: [.viewBase, .createAttempts], featureFlags: ["beta"], session: "user@1",
            signingKey: "key_1", createdAt: scene.now, expiresAt: scene.now + .seconds(60))
        let theirs = scene.token(of: other)
        for token in [plain, full, theirs] { try scene.change(.token(.insertToken(token))) }
        refused(.conflict) { try scene.change(.token(.insertToken(plain))) }
        for _ in 0..<2 {
            #expect(try scene.store.token(.standard, plain.id) == plain)
            #expect(try scene.store.token(.standard, full.id) == full)
            #expect(try scene.store.token(.standard, theirs.id) == nil)
            #expect(try scene.store.token(other, theirs.id) == theirs)
            try scene.reopen()
        }
        let tokens = [plain, full] + (0..<3).map { _ in scene.token() }
        for token in tokens.dropFirst(2) { try scene.change(.token(.insertToken(token))) }
        try walk(tokens.map(\.id.key), key: { $0.id.key }) { try scene.store.tokens(.standard, application: nil, $0) }
        try walk([full.id.key], key: { $0.id.key }) {
            try scene.store.tokens(.standard, application: application.id.key, $0)
        }
        #expect(try scene.store.greatestKey() == tokens.last?.id.key)
    }

    package static func tokensOfOneRevocationEndOnce(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let token = scene.token()
        let later = Revocation(token.identity, at: scene.now + .seconds(60))
        let sooner = Revocation(token.identity, at: scene.now)
        try scene.revoke(later)
        try scene.revoke(sooner)
        // The sooner end stands, whoever comes after it.
        try scene.revoke(later)
        for _ in 0..<2 {
            #expect(try scene.store.revocations(after: 0).map(\.revocation) == [sooner])
            try scene.reopen()
        }
        // Of another organization the same name is another token.
        let other = try #require(OrganizationID("org_other"))
        let namesake = Revocation(
            organization: other, subject: .token(token.id.description), effectiveAt: scene.now, keptUntil: .distantFuture)
        try scene.revoke(namesake)
        let all = try scene.store.revocations(after: 0)
        #expect(all.map(\.revocation) == [sooner, namesake])
        #expect(try scene.store.revocations(after: all[0].number).map(\.revocation) == [namesake])
        #expect(try scene.store.revocations(after: all[1].number).isEmpty)
    }

    package static func cutoffsAreKeptWhileTheyMatter(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        func cutoff(_ upTo: Int, _ end: Int, _ scope: RevocationScope = .init(application: 7)) -> Revocation {
            let start = Instant(millisecondsSince1970: 1_780_000_000_000)
            return Revocation(
                organization: .standard, subject: .issued(upTo: start + .seconds(upTo), scope),
                effectiveAt: start + .seconds(end), keptUntil: .distantFuture)
        }
        func standing() throws -> [Revocation] { try scene.store.revocations(after: 0).map(\.revocation) }
        try scene.revoke(cutoff(0, 100))
        try scene.revoke(cutoff(10, 110))
        // Says nothing new.
        try scene.revoke(cutoff(5, 120))
        #expect(try standing() == [cutoff(0, 100), cutoff(10, 110)])
        // Ends more, and sooner.
        try scene.revoke(cutoff(20, 90))
        #expect(try standing() == [cutoff(20, 90)])
        scene.advance(.seconds(95))
        try scene.revoke(cutoff(95, 95))
        #expect(try standing() == [cutoff(95, 95)])
        let others = [
            cutoff(50, 50, .init(application: 7, session: "a")), cutoff(50, 50, .init(application: 8)), cutoff(50, 50, .init()),
        ]
        for other in others { try scene.revoke(other) }
        for _ in 0..<2 {
            #expect(try standing() == [cutoff(95, 95)] + others)
            try scene.reopen()
        }
    }

    package static func pendingExpiriesAreBounded(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        func next(_ number: Int, application: Int64 = 7) -> Revocation {
            let upTo = scene.now + .seconds(number)
            return Revocation(
                organization: .standard, subject: .issued(upTo: upTo, .init(application: application)),
                effectiveAt: upTo + .seconds(10_000), keptUntil: .distantFuture)
        }
        for number in 0..<Limits.revocationsPending { try scene.revoke(next(number)) }
        let before = try scene.store.revocations(after: 0)
        // All or nothing.
        refused(.conflict) {
            try scene.change(.token(.revoke([next(0, application: 8), next(Limits.revocationsPending)])))
        }
        #expect(try scene.store.revocations(after: 0) == before)
        try scene.revoke(next(0, application: 8))
    }

    package static func signingKeysRetire(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let configured = SigningKey(id: "cfg_1", secret: nil, createdAt: scene.now)
        func rotate(_ number: Int, _ retiringAt: Instant) throws -> [SigningKey] {
            let key = SigningKey(id: "key_\(number)", secret: "secret \(number)", createdAt: scene.now)
            let command = TokenCommand.rotateSigningKey(key, configured: configured, retiringAt: retiringAt)
            guard case .token(.signingKeys(let keys)) = try scene.change(.token(command)) else { return [] }
            return keys
        }
        let (soon, late) = (scene.now + .seconds(10), scene.now + .seconds(1000))
        #expect(try scene.store.signingKeys().isEmpty)
        for _ in 0..<2 { try scene.change(.token(.noteSigningKey(configured))) }
        #expect(try scene.store.signingKeys() == [configured])
        #expect(try rotate(1, late).map(\.retiresAt) == [late, nil])
        // A retirement isn't put off.
        #expect(try rotate(2, soon).map(\.retiresAt) == [soon, soon, nil])
        #expect(try rotate(3, late).map(\.retiresAt) == [soon, soon, late, nil])
        for _ in 0..<2 {
            let keys = try scene.store.signingKeys()
            #expect(keys.map(\.id) == ["cfg_1", "key_1", "key_2", "key_3"])
            #expect(keys.map(\.secret) == [nil, "secret 1", "secret 2", "secret 3"])
            try scene.reopen()
        }
        for number in 4...Limits.signingKeys { _ = try rotate(number, late) }
        refused(.conflict) { try rotate(99, late) }
        scene.advance(.seconds(11))
        #expect(try rotate(99, late).last?.id == "key_99")
    }

    package static func expiredTokensAreForgotten(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let tokens = (0..<5).map { scene.token(lifetime: .seconds(10 + $0)) }
        for token in tokens {
            try scene.change(.token(.insertToken(token)))
            try scene.revoke(Revocation(token.identity, at: scene.now))
        }
        try scene.revoke(
            Revocation(
                organization: .standard, subject: .issued(upTo: scene.now, .init()), effectiveAt: scene.now,
                keptUntil: .distantFuture))
        func forget(_ limit: Int) throws -> Int {
            guard case .token(.count(let count)) = try scene.change(.token(.forgetExpired(limit: limit))) else { return -1 }
            return count
        }
        #expect(try forget(10) == 0)
        scene.advance(.seconds(12))
        #expect(try forget(2) == 2)
        #expect(try forget(2) == 1)
        #expect(try forget(2) == 0)
        #expect(
            try scene.store.tokens(.standard, application: nil, PageRequest(limit: 10, order: .ascending)).items
                == Array(tokens[3...]))
        #expect(try scene.store.revocations(after: 0).count == 3)
        // A number isn't used twice, so that who has read up to one misses nothing.
        let last = try #require(scene.store.revocations(after: 0).last?.number)
        scene.advance(.seconds(1000))
        _ = try forget(10)
        try scene.revoke(Revocation(scene.token().identity, at: scene.now))
        #expect(try scene.store.revocations(after: last).count == 1)
    }

    package static func integrationsAreRegistered(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let (application, other) = (scene.application(), scene.application())
        for application in [application, other] { try scene.change(.insertApplication(application)) }
        func integration(_ name: String = "중계") -> Integration {
            Integration(
                id: scene.identifier(), application: application.id.key, name: name, featureFlags: ["a", "b"],
                createdAt: scene.now, updatedAt: scene.now)
        }
        let first = integration()
        try scene.change(.token(.insertIntegration(first)))
        #expect(try scene.store.greatestKey() == first.id.key)
        #expect(try scene.store.integration(application: application.id.key, first.id.reference) == first)
        #expect(try scene.store.integration(application: other.id.key, first.id.reference) == nil)
        refused(.notFound) {
            try scene.change(.token(.changeIntegration(application: other.id.key, first.id.reference) { _ in }))
        }
        try scene.change(
            .token(
                .changeIntegration(application: application.id.key, first.id.reference) { integration in
                    integration.name = "other"
                    integration.featureFlags = []
                    integration.token = "tok_1"
                }))
        try scene.reopen()
        let changed = try #require(try scene.store.integration(application: application.id.key, first.id.reference))
        #expect((changed.name, changed.token) == ("other", "tok_1"))
        #expect(changed.featureFlags.isEmpty)

        let rest = (1..<Limits.integrations).map { integration("\($0)") }
        for integration in rest { try scene.change(.token(.insertIntegration(integration))) }
        refused(.conflict) { try scene.change(.token(.insertIntegration(integration()))) }
        try walk([first.id.key] + rest.map(\.id.key), key: { $0.id.key }) {
            try scene.store.integrations(application: application.id.key, $0)
        }
        try scene.change(.token(.deleteIntegration(application: application.id.key, first.id.reference)))
        refused(.notFound) {
            try scene.change(.token(.deleteIntegration(application: application.id.key, first.id.reference)))
        }
        #expect(try scene.store.allIntegrations() == rest)
        try scene.change(.deleteApplication(.standard, application.id.reference))
        #expect(try scene.store.allIntegrations().isEmpty)
        refused(.notFound) { try scene.change(.token(.insertIntegration(integration()))) }
    }
}

extension StoreScene {
    fileprivate func token(
        of organization: OrganizationID = .standard, lifetime: Duration = .seconds(100_000)
    ) -> Token {
        Token(id: identifier(), organization: organization, signingKey: "cfg_1", createdAt: now, expiresAt: now + lifetime)
    }

    fileprivate func revoke(_ revocation: Revocation) throws { try change(.token(.revoke([revocation]))) }
}
