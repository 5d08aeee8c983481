package import GodwitStore

/// What a store remembers of a move, among its settings. Marks belong to one store and are never moved.
enum MoveMark: String {
    static let prefix = "move."

    /// A name of this store's own, made once.
    case identity = "move.identity"
    /// At a destination until everything is there: the identity of the source.
    case source = "move.source"
    /// At a source that was moved: the identity of the destination, and what people call it.
    case destination = "move.destination"
    case destinationName = "move.destination-name"
}

extension SQLConnection {
    func mark(_ mark: MoveMark) throws(StoreError) -> String? { try first(FindSetting(name: mark.rawValue)) }

    func set(_ mark: MoveMark, _ value: String) throws(StoreError) {
        try run(SetSetting(name: mark.rawValue, value: value))
    }

    func remove(_ mark: MoveMark) throws(StoreError) { try run(RemoveSetting(name: mark.rawValue)) }

    /// The first one given stands.
    func identity(orElse fresh: String) throws(StoreError) -> String {
        try run(SetSettingOnce(name: MoveMark.identity.rawValue, value: fresh))
        return try mark(.identity) ?? fresh
    }

    /// Whoever opens a store asks this: what is written to one that was moved, or to one that isn't complete, would be lost.
    ///
    /// - Parameter store: its name, for the error.
    /// - Throws: `.unusable`.
    package func demandNotMoved(_ store: String) throws(StoreError) {
        if let name = try mark(.destinationName) {
            throw StoreError(.unusable, "\(store) was moved to \(name) by `godwit migrate`: use that store")
        }
        if try mark(.source) != nil {
            throw StoreError(
                .unusable,
                "\(store) is the destination of a move that isn't complete: run `godwit migrate` with --finish, or use the source"
            )
        }
    }
}

struct SetSetting: SQLStatement {
    static let sql = """
        INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """

    let name: String
    let value: String

    func bind(to statement: some SQLParameters) {
        statement.bind(name, at: 1)
        statement.bind(value, at: 2)
    }
}

struct RemoveSetting: SQLStatement {
    static let sql = "DELETE FROM settings WHERE name = ?1"

    let name: String

    func bind(to statement: some SQLParameters) { statement.bind(name, at: 1) }
}
