import Foundation
import GodwitSQLite
import GodwitStore

#if Postgres
import GodwitPostgres
#endif

/// Where a server keeps everything.
enum StoreAddress: Hashable {
    /// The path of a file.
    case sqlite(String)
    /// As libpq reads it.
    case postgres(String)

    init?(_ text: String) {
        if text.hasPrefix("sqlite:"), text.count > "sqlite:".count {
            self = .sqlite(String(text.dropFirst("sqlite:".count)))
        } else if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            self = .postgres(text)
        } else {
            return nil
        }
    }

    /// - Parameters:
    ///   - exclusive: keeps every other server out; without it the store is for reading and for settings.
    ///   - replica: a PostgreSQL that follows this one, for lists.
    ///   - warn: hears that the replica can't be reached.
    func open(
        exclusive: Bool, replica: String? = nil, warn: (StoreError) -> Void = { _ in }
    ) throws(StoreError) -> any Store {
        switch self {
        case .sqlite(let path): return try SQLiteStore.open(path: path, exclusive: exclusive)
        case .postgres(let address):
            #if Postgres
            return try PostgresStore.open(address: address, exclusive: exclusive, replica: replica, warn: warn)
            #else
            _ = (address, replica)
            throw Self.notBuiltIn
            #endif
        }
    }

    /// Whether a server has used it before. Makes nothing.
    var isMade: Bool {
        get throws(StoreError) {
            switch self {
            case .sqlite(let path): return FileManager.default.fileExists(atPath: path)
            case .postgres(let address):
                #if Postgres
                return try PostgresStore.isMade(address: address)
                #else
                _ = address
                throw Self.notBuiltIn
                #endif
            }
        }
    }

    #if !Postgres
    static let notBuiltIn = StoreError(
        .unusable, "this godwit was built without PostgreSQL: build it with the package's default traits")
    #endif
}

/// For errors: without user, password and parameters.
extension StoreAddress: CustomStringConvertible {
    var description: String {
        switch self {
        case .sqlite(let path): return "'\(path)'"
        case .postgres(let address):
            let rest = address.drop { $0 != ":" }.dropFirst(3).prefix { $0 != "?" }
            let place = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
            return "'postgres://\(place)'"
        }
    }
}
