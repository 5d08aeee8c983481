#if Postgres
import Foundation
import GodwitCore
import Testing

@testable import GodwitPostgres

@Suite("A connection to PostgreSQL")
struct PostgresConnectionTests {
    private enum Echo {}
    private enum Divide {}
    private enum Broken {}
    private enum Large {}
    private enum Sleep {}

    private func request(
        _ key: any Any.Type, _ sql: String, _ bind: (PostgresParameters) -> Void = { _ in }
    ) -> PostgresRequest {
        let parameters = PostgresParameters()
        bind(parameters)
        return PostgresRequest(key: ObjectIdentifier(key), sql: { sql }, parameters: parameters)
    }

    private func divide(by number: Int64) -> PostgresRequest {
        request(Divide.self, "SELECT 10 / $1") { $0.bind(number, at: 1) }
    }

    private func broken() -> PostgresRequest {
        request(Broken.self, "SELECT nothing FROM nowhere WHERE $1 = 1") { $0.bind(1 as Int64, at: 1) }
    }

    @Test("gives values back as they were sent, also empty ones, NULL, and the ends of a range")
    func values() throws {
        let connection = try PostgresConnection(to: try TestDatabases.server(), patience: .seconds(10))
        let noncharacter = String(decoding: [0xEF, 0xB7, 0x90] as [UInt8], as: UTF8.self)
        let odd = "a\u{0}b\(noncharacter)0\(noncharacter)\u{0}"
        let sql = "SELECT $1, $2, $3, $4, $5, $6, $7, $8"
        let echo = request(Echo.self, sql) { parameters in
            parameters.bind(Int64.min, at: 1)
            parameters.bind(nil as Int64?, at: 2)
            parameters.bind("웹훅", at: 3)
            parameters.bind("", at: 4)
            parameters.bindBytes([0, 1, 255], at: 5)
            parameters.bindBytes([], at: 6)
            parameters.bindBytes(nil, at: 7)
            parameters.bind(odd, at: 8)
        }
        for _ in 0..<2 {
            let row = try connection.run([echo])[0][0]
            #expect(row.integer(0) == .min)
            #expect(row.isNull(1))
            #expect(row.text(2) == "웹훅")
            #expect(row.text(3) == "" && !row.isNull(3))
            #expect(row.bytes(4) == [0, 1, 255])
            #expect(row.bytes(5) == [] && !row.isNull(5))
            #expect(row.isNull(6))
            #expect(row.text(7) == odd)
        }
    }

    @Test("tells a failure in the middle, and goes on")
    func failure() throws {
        let connection = try PostgresConnection(to: try TestDatabases.server(), patience: .seconds(10))
        #expect(throws: PostgresError(state: "22012", message: "division by zero")) {
            try connection.run([divide(by: 5), divide(by: 0), divide(by: 1)])
        }
        #expect(throws: PostgresError.self) { try connection.run([broken()]) }
        #expect(try connection.run([divide(by: 5), divide(by: 2)]).map { $0[0].integer(0) } == [2, 5])
        #expect(throws: PostgresError.self) { try connection.run([broken(), divide(by: 5)]) }
        #expect(try connection.run([divide(by: 1)])[0][0].integer(0) == 10)
        #expect(!connection.isLost)
    }

    @Test("sends much while much comes back")
    func large() throws {
        let connection = try PostgresConnection(to: try TestDatabases.server(), patience: .seconds(60))
        let large = request(Large.self, "SELECT $1") { $0.bindBytes([UInt8](repeating: 7, count: 4 << 20), at: 1) }
        let rows = try connection.run(Array(repeating: large, count: 8))
        #expect(rows.map { $0[0].bytes(0).count } == Array(repeating: 4 << 20, count: 8))
    }

    @Test("is lost when an answer doesn't come in time")
    func patience() throws {
        let connection = try PostgresConnection(to: try TestDatabases.server(), patience: .milliseconds(1500))
        #expect(throws: PostgresError.self) { try connection.run([request(Sleep.self, "SELECT pg_sleep(60)")]) }
        #expect(connection.isLost)
        #expect(throws: PostgresError.self) { try connection.run([divide(by: 1)]) }
    }

    @Test(
        "says why nothing can be reached, without the password",
        arguments: [
            "postgres://nobody:hunter2@127.0.0.1:1/x", "postgres://nobody:hunter2@[::1]:1/x",
            "postgres://u:hunter2@127.0.0.1:1/x?sslmode=require", "postgres://u:hunter2@/x?no_such_option=1",
            "postgres://u:hunter2@127.0.0.1:port/x",
        ])
    func unreachable(address: String) throws {
        do {
            _ = try PostgresConnection(to: address, patience: .seconds(5))
            Issue.record("connected to nothing")
        } catch {
            #expect(error.isConnectionLost)
            #expect(!error.message.isEmpty)
            #expect(!error.message.contains("hunter2"))
        }
    }
}
#endif
