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
                    try PostgresStore.open(
                        address: try TestDatabases.createWithTables(), exclusive: true, idempotencyKeys: keys)
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

    /// Made by the store once, then copied: that is quicker.
    private static let template = Result {
        let name = newName()
        try PostgresStore.open(address: try create(name), exclusive: false).close()
        return name
    }

    static func create() throws -> String { try create(newName()) }

    static func createWithTables() throws -> String { try create(newName(), "TEMPLATE \(template.get())") }

    private static func newName() -> String { "test_" + UUID().uuidString.replacing("-", with: "").lowercased() }

    private static func create(_ name: String, _ options: String = "") throws -> String {
        let server = try server()
        try PostgresConnection.open(server).execute("CREATE DATABASE \(name) \(options)")
        return server.replacing("/postgres", with: "/\(name)")
    }
}
#endif
