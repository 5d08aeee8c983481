import GodwitCore
import GodwitStore

/// Few rows; reads the whole table.
struct AllSigningKeys: PlainStatement {
    static let sql = "SELECT id, secret, created_at, retires_at FROM signing_keys ORDER BY number"

    static func decode(_ row: some SQLRow) -> SigningKey {
        SigningKey(
            id: row.text(0), secret: row.optionalText(1), createdAt: row.instant(2), retiresAt: row.optionalInstant(3))
    }
}

/// One that is there stays as it is.
struct InsertSigningKey: SQLStatement {
    static let sql = """
        INSERT INTO signing_keys (id, secret, created_at, retires_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING
        """

    let key: SigningKey

    func bind(to statement: some SQLParameters) {
        statement.bind(key.id, at: 1)
        statement.bind(key.secret, at: 2)
        statement.bind(key.createdAt, at: 3)
        statement.bind(key.retiresAt, at: 4)
    }
}

/// A retirement is only ever moved forward.
struct RetireSigningKeys: SQLStatement {
    static let sql = """
        UPDATE signing_keys SET retires_at = ?1 WHERE id <> ?2 AND (retires_at IS NULL OR retires_at > ?1)
        """

    let instant: Instant
    let successor: String

    func bind(to statement: some SQLParameters) {
        statement.bind(instant, at: 1)
        statement.bind(successor, at: 2)
    }
}

extension SQLConnection {
    func rotate(
        to key: SigningKey, configured: SigningKey, retiringAt: Instant, at now: Instant
    ) throws(StoreError) -> [SigningKey] {
        try run(InsertSigningKey(key: configured))
        try run(RetireSigningKeys(instant: retiringAt, successor: key.id))
        try run(InsertSigningKey(key: key))
        let keys = try all(AllSigningKeys())
        guard keys.count(where: { $0.secret != nil && ($0.retiresAt ?? .distantFuture) > now }) <= Limits.signingKeys else {
            throw StoreError(.conflict, "too many signing keys are not retired")
        }
        return keys
    }
}
