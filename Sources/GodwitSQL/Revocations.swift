import GodwitCore
import GodwitStore

/// Index: primary key.
struct RevocationsAfter: SQLStatement {
    static let sql = """
        SELECT number, organization, token_id, application_key, session, issued_up_to, effective_at, kept_until
        FROM   revocations WHERE number > ?1 ORDER BY number
        """

    let number: Int64

    func bind(to statement: some SQLParameters) { statement.bind(number, at: 1) }

    static func decode(_ row: some SQLRow) throws(StoreError) -> NumberedRevocation {
        let application = row.integer(3)
        let session = row.text(4)
        let scope = RevocationScope(
            application: application == 0 ? nil : application, session: session.isEmpty ? nil : session)
        let subject: Revocation.Subject =
            row.isNull(2) ? .issued(upTo: row.instant(5), scope) : .token(row.text(2))
        return NumberedRevocation(
            number: row.integer(0),
            revocation: Revocation(
                organization: try row.organization(1), subject: subject, effectiveAt: row.instant(6),
                keptUntil: row.instant(7)))
    }
}

struct InsertRevocation: SQLStatement {
    static let sql = """
        INSERT INTO revocations (organization, token_id, application_key, session, issued_up_to, effective_at, kept_until)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """

    let revocation: Revocation

    func bind(to statement: some SQLParameters) {
        statement.bind(revocation.organization.rawValue, at: 1)
        switch revocation.subject {
        case .token(let id):
            statement.bind(id, at: 2)
            statement.bind(0 as Int64, at: 3)
            statement.bind("" as String, at: 4)
            statement.bindNull(at: 5)
        case .issued(let upTo, let scope):
            statement.bindNull(at: 2)
            statement.bind(scope.application ?? 0, at: 3)
            statement.bind(scope.session ?? "", at: 4)
            statement.bind(upTo, at: 5)
        }
        statement.bind(revocation.effectiveAt, at: 6)
        statement.bind(revocation.keptUntil, at: 7)
    }
}

/// Index: `revocations_token`.
struct RevocationOfToken: SQLStatement {
    static let sql = """
        SELECT effective_at FROM revocations WHERE organization = ?1 AND token_id = ?2 AND token_id IS NOT NULL
        """

    let organization: OrganizationID
    let id: String

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(id, at: 2)
    }

    static func decode(_ row: some SQLRow) -> Instant { row.instant(0) }
}

/// Index: `revocations_token`.
struct RemoveRevocationOfToken: SQLStatement {
    static let sql = "DELETE FROM revocations WHERE organization = ?1 AND token_id = ?2 AND token_id IS NOT NULL"

    let organization: OrganizationID
    let id: String

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(id, at: 2)
    }
}

/// Index: `revocations_scope`.
struct CutoffsOfScope: SQLStatement {
    static let sql = """
        SELECT number, issued_up_to, effective_at FROM revocations
        WHERE  organization = ?1 AND application_key = ?2 AND session = ?3 AND issued_up_to IS NOT NULL
        """

    let organization: OrganizationID
    let scope: RevocationScope

    func bind(to statement: some SQLParameters) {
        statement.bind(organization.rawValue, at: 1)
        statement.bind(scope.application ?? 0, at: 2)
        statement.bind(scope.session ?? "", at: 3)
    }

    static func decode(_ row: some SQLRow) -> (number: Int64, cutoff: RevocationCutoff) {
        (row.integer(0), RevocationCutoff(upTo: row.instant(1), effectiveAt: row.instant(2)))
    }
}

/// Index: primary key.
struct RemoveRevocation: SQLStatement {
    static let sql = "DELETE FROM revocations WHERE number = ?1"

    let number: Int64

    func bind(to statement: some SQLParameters) { statement.bind(number, at: 1) }
}

/// Index: `revocations_expiry`.
struct ForgetRevocations: SQLStatement {
    static let sql = """
        DELETE FROM revocations
        WHERE  number IN (SELECT number FROM revocations WHERE kept_until <= ?1 ORDER BY kept_until, number LIMIT ?2)
        """

    let now: Instant
    let limit: Int

    func bind(to statement: some SQLParameters) {
        statement.bind(now, at: 1)
        statement.bind(limit, at: 2)
    }
}

extension SQLConnection {
    /// Leaves what stands when it ends the token, or the scope, as soon already.
    func revoke(_ revocation: Revocation, at now: Instant) throws(StoreError) {
        switch revocation.subject {
        case .token(let id):
            if let former = try first(RevocationOfToken(organization: revocation.organization, id: id)) {
                guard revocation.effectiveAt < former else { return }
                try run(RemoveRevocationOfToken(organization: revocation.organization, id: id))
            }
        case .issued(let upTo, let scope):
            let cutoff = RevocationCutoff(upTo: upTo, effectiveAt: revocation.effectiveAt)
            let standing = try all(CutoffsOfScope(organization: revocation.organization, scope: scope))
            guard !standing.contains(where: { $0.cutoff.covers(cutoff, at: now) }) else { return }
            let covered = standing.filter { cutoff.covers($0.cutoff, at: now) }
            guard standing.count - covered.count < Limits.revocationsPending else {
                throw StoreError(.conflict, "too many expiries are still to come")
            }
            for former in covered { try run(RemoveRevocation(number: former.number)) }
        }
        try run(InsertRevocation(revocation: revocation))
    }
}
