/// Index: primary key.
struct FindSetting: SQLStatement {
    static let sql = "SELECT value FROM settings WHERE name = ?1"

    let name: String

    func bind(to statement: some SQLParameters) { statement.bind(name, at: 1) }

    static func decode(_ row: some SQLRow) -> String { row.text(0) }
}

/// The first value stands, whoever writes it and however often.
struct SetSettingOnce: SQLStatement {
    static let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING"

    let name: String
    let value: String

    func bind(to statement: some SQLParameters) {
        statement.bind(name, at: 1)
        statement.bind(value, at: 2)
    }
}
