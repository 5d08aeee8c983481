import Foundation
import GodwitSQLite
import GodwitSimulation
import GodwitStore
import GodwitTestKit
import Testing

/// The stores that every promise is checked on.
enum TestedStore: String, CaseIterable, CustomTestStringConvertible {
    case model
    case sqlite

    var testDescription: String { rawValue }

    func factory(in folder: TemporaryFolder) -> StoreFactory {
        switch self {
        case .model:
            // Its content lives as long as it does: opening it again is keeping it.
            StoreFactory(make: { ModelStore(idempotencyKeys: $0) }, reopen: { former, _ in former })
        case .sqlite:
            StoreFactory(
                make: { keys in
                    try SQLiteStore.open(path: folder.file("\(UUID().uuidString).db"), exclusive: true, idempotencyKeys: keys)
                },
                reopen: { former, keys in
                    let path = (former as? SQLiteStore)?.path ?? ""
                    return try SQLiteStore.open(path: path, exclusive: true, idempotencyKeys: keys)
                })
        }
    }
}
