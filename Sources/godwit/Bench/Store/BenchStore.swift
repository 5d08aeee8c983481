import Foundation
import GodwitStore

/// What the servers of a run keep everything in.
enum BenchStore: Sendable {
    /// SQLite.
    case file(URL)
    case database(BenchDatabase)

    /// As `--store` of a server takes it.
    var address: String {
        switch self {
        case .file(let file): "sqlite:\(file.path)"
        case .database(let database): database.address
        }
    }

    /// As a server of our own would, so no other may be on it.
    func open() throws -> any Store {
        switch self {
        case .file(let file): try StoreAddress.sqlite(file.path).open(exclusive: true)
        case .database(let database): try StoreAddress.postgres(database.address).open(exclusive: true)
        }
    }

    /// For reports: nothing secret.
    var name: String {
        switch self {
        case .file: "sqlite"
        case .database(let database): "postgresql at \(database.server)"
        }
    }

    func sample() throws -> BenchStoreSample {
        switch self {
        case .file(let file): BenchStoreSample(bytes: Machine.databaseBytes(file))
        case .database(let database): try database.sample()
        }
    }
}

/// What a store has used at one moment.
struct BenchStoreSample {
    /// With its indexes; a file with its log.
    var bytes: Int
    /// What a database server has written to its log, for all of its databases.
    var logBytes: Int?
    /// CPU time of a database server on this machine.
    var cpuMicroseconds: Int?
}
