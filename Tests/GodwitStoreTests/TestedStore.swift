import Foundation
import GodwitSQLite
import GodwitSimulation
import GodwitStore
import GodwitTestKit
import Testing

#if Postgres
@testable import GodwitPostgres
#endif

/// The stores that every promise is checked on.
enum TestedStore: String, CaseIterable, CustomTestStringConvertible {
    case model
    case sharedModel
    case sqlite
    #if Postgres
    case postgres
    #endif

    var testDescription: String { rawValue }

    func factory(in folder: TemporaryFolder) -> StoreFactory {
        switch self {
        case .model:
            // Its content lives as long as it does: opening it again is keeping it.
            return StoreFactory(make: { ModelStore(idempotencyKeys: $0) }, reopen: { former, _ in former })
        case .sharedModel:
            return StoreFactory(make: { ModelStore(idempotencyKeys: $0, isShared: true) }, reopen: { former, _ in former })
        case .sqlite:
            return StoreFactory(
                make: { keys in
                    try SQLiteStore.open(path: folder.file("\(UUID().uuidString).db"), exclusive: true, idempotencyKeys: keys)
                },
                reopen: { former, keys in
                    let path = (former as? SQLiteStore)?.path ?? ""
                    return try SQLiteStore.open(path: path, exclusive: true, idempotencyKeys: keys)
                })
        #if Postgres
        case .postgres:
            return StoreFactory(
                make: { keys in
                    try PostgresStore.open(address: try TestDatabases.create(), exclusive: true, idempotencyKeys: keys)
                },
                reopen: { former, keys in
                    let address = (former as? PostgresStore)?.address ?? ""
                    return try PostgresStore.open(address: address, exclusive: true, idempotencyKeys: keys)
                })
        #endif
        }
    }
}

#if Postgres
/// Databases in the server that `Scripts/with-postgres` started.
enum TestDatabases {
    static func server() throws -> String {
        try #require(
            ProcessInfo.processInfo.environment["GODWIT_TEST_POSTGRES"], "run this through Scripts/with-postgres")
    }

    static func create() throws -> String {
        let server = try server()
        let name = "test_" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        let connection = try PostgresConnection.open(server)
        try connection.execute("CREATE DATABASE \(name)")
        return server.replacingOccurrences(of: "/postgres", with: "/\(name)")
    }
}
#endif
