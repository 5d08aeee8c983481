#if Postgres && os(Linux)
import Foundation
import GodwitCore
import GodwitStore
import GodwitTestKit
import Testing

@testable import GodwitPostgres
@testable import GodwitSQL

/// What the server and this process spend on an event, statement by statement and in batches, in turns. Only when it is asked for:
/// `GODWIT_MEASURE=1 Scripts/with-postgres swift test --skip-build --filter PostgresBatchMeasurement`
@Suite("What batches save", .enabled(if: ProcessInfo.processInfo.environment["GODWIT_MEASURE"] != nil))
struct PostgresBatchMeasurement {
    private static let sizes = [1, 2, 10, 100, 1000]
    private static let events = 2000
    private static let rounds = 3

    private struct Cost {
        var server = 0.0
        var own = 0.0

        static func now(of connection: PostgresConnection) throws -> Cost {
            let text = try String(contentsOfFile: "/proc/\(connection.processNumber)/schedstat", encoding: .utf8)
            var time = timespec()
            unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            let nanoseconds = text.split(separator: " ").first.flatMap { Double($0) } ?? 0
            return Cost(server: nanoseconds / 1000, own: Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1000)
        }

        mutating func add(from start: Cost, to end: Cost) {
            server += end.server - start.server
            own += end.own - start.own
        }
    }

    @Test("microseconds of an event")
    func measure() throws {
        let address = try TestDatabases.create()
        let store = try PostgresStore.open(address: address, exclusive: true)
        defer { store.close() }
        let scene = try StoreScene(StoreFactory(make: { _ in store }, reopen: { former, _ in former }))
        let connection = try PostgresConnection.open(address)
        for size in Self.sizes {
            var costs: [String: Cost] = [:]
            for round in 0..<2 * Self.rounds {
                let isBatched = round % 2 == 1
                let pairs = (0..<Self.events).map { index in
                    scene.advance(.milliseconds(1))
                    let message = scene.message()
                    return (message, scene.attempt(DeliveryKey(message: message.id.key, endpoint: Int64(index % 10))))
                }
                try measure("publish", &costs, isBatched, pairs, size, connection) { pair, write throws(StoreError) in
                    try write(InsertMessage(message: pair.0))
                    try write(
                        InsertDelivery(
                            key: pair.1.delivery, sequence: pair.0.id.key, machine: .accepted(under: scene.lease)))
                }
                let machine = DeliveryStateMachine(
                    state: .delivered(at: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
                try measure("result", &costs, isBatched, pairs, size, connection) { pair, write throws(StoreError) in
                    try write(
                        MoveDelivery(
                            transition: Transition(
                                delivery: pair.1.delivery, lease: scene.lease, machine: machine, former: .pending)))
                    try write(InsertAttempt(record: pair.1))
                }
            }
            for (name, cost) in costs.sorted(by: { $0.key < $1.key }) {
                let events = Double(Self.events * Self.rounds)
                print(
                    "\(size) at once, \(name): server \(Int(cost.server / events)) µs, this process \(Int(cost.own / events)) µs"
                )
            }
        }
    }

    private typealias Pair = (Message, AttemptRecord)
    private typealias Write = (any BatchedStatement) throws(StoreError) -> Void

    private func measure(
        _ name: String, _ costs: inout [String: Cost], _ isBatched: Bool, _ pairs: [Pair], _ size: Int,
        _ connection: PostgresConnection, _ body: (Pair, Write) throws(StoreError) -> Void
    ) throws {
        func later(_ statement: some BatchedStatement) throws(StoreError) {
            if isBatched { try connection.runInBatch(statement) } else { try connection.runLater(statement) }
        }
        let start = try Cost.now(of: connection)
        for from in stride(from: 0, to: pairs.count, by: size) {
            try connection.inTransaction { () throws(StoreError) in
                for pair in pairs[from..<min(from + size, pairs.count)] {
                    try body(pair) { statement throws(StoreError) in try later(statement) }
                }
            }
        }
        let end = try Cost.now(of: connection)
        costs["\(name) \(isBatched ? "in batches" : "one by one")", default: Cost()].add(from: start, to: end)
    }
}
#endif
