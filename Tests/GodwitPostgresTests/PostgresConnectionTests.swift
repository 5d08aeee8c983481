import Foundation
import GodwitCore
import Testing

@testable import GodwitPostgres

/// The server that `Scripts/with-postgres` started.
private let server: String = ProcessInfo.processInfo.environment["GODWIT_TEST_POSTGRES"] ?? ""

struct PostgresConnectionTests {
    private func connect(_ address: String = server, patience: Duration = .seconds(10)) throws -> PostgresConnection {
        try #require(!address.isEmpty, "run this through Scripts/with-postgres")
        return try PostgresConnection(to: address, patience: patience)
    }

    private struct Echo: PostgresStatement {
        static let sql = """
            SELECT $1::int8, $2::int8, $3::bool, $4::text, $5::text, $6::bytea, $7::bytea,
                   (SELECT sum(n) FROM unnest($8::int8[]) AS n)::int8, cardinality($9::text[])::int8, ($9::text[])[2], ($10::bytea[])[1]
            """
        var parameters = PostgresParameters()
    }

    @Test("values come back as they were sent, also empty ones, NULL, and the ends of a range")
    func values() throws {
        let connection = try connect()
        var echo = Echo()
        echo.parameters.bind(Int64.min)
        echo.parameters.bind(nil as Int64?)
        echo.parameters.bind(true)
        echo.parameters.bind("웹훅")
        echo.parameters.bind("")
        echo.parameters.bind([0, 1, 255] as [UInt8])
        echo.parameters.bind([] as [UInt8])
        echo.parameters.bind([Int64](1...1000))
        echo.parameters.bind(["a", nil, "c"])
        echo.parameters.bytes([[0, 7]])
        for _ in 0..<2 {
            let row = try connection.run(echo)[0]
            #expect(row.integer(0) == .min)
            #expect(row.optionalInteger(1) == nil)
            #expect(row.bool(2))
            #expect(row.text(3) == "웹훅")
            #expect(row.text(4) == "")
            #expect(row.bytes(5) == [0, 1, 255])
            #expect(row.optionalBytes(6) == [])
            #expect(row.integer(7) == 500_500)
            #expect(row.integer(8) == 3)
            #expect(row.optionalText(9) == nil)
            #expect(row.bytes(10) == [0, 7])
        }
    }

    private struct Divide: PostgresStatement {
        static let sql = "SELECT 10 / $1::int8"
        let by: Int64
        var parameters: PostgresParameters {
            var parameters = PostgresParameters()
            parameters.bind(by)
            return parameters
        }
    }

    private struct Broken: PostgresStatement {
        static let sql = "SELECT nothing FROM nowhere WHERE $1::int8 = 1"
        let parameters = { () -> PostgresParameters in
            var parameters = PostgresParameters()
            parameters.bind(1)
            return parameters
        }()
    }

    @Test("a failure in the middle is told, and the connection goes on")
    func failure() throws {
        let connection = try connect()
        #expect(throws: PostgresError(state: "22012", message: "division by zero")) {
            try connection.run([Divide(by: 5), Divide(by: 0), Echo()])
        }
        #expect(throws: PostgresError.self) { try connection.run(Broken()) }
        #expect(try connection.run([Divide(by: 5), Divide(by: 2)]).map { $0[0].integer(0) } == [2, 5])
        #expect(throws: PostgresError.self) { try connection.run([Broken(), Divide(by: 5)]) }
        #expect(try connection.run(Divide(by: 1))[0].integer(0) == 10)
        #expect(!connection.isLost)
    }

    private struct Large: PostgresStatement {
        static let sql = "SELECT $1::bytea"
        var parameters = PostgresParameters()
    }

    @Test("much is sent while much comes back")
    func large() throws {
        let connection = try connect()
        var large = Large()
        large.parameters.bind([UInt8](repeating: 7, count: 4 << 20))
        let rows = try connection.run(Array(repeating: large, count: 8))
        #expect(rows.map { $0[0].bytes(0).count } == Array(repeating: 4 << 20, count: 8))
    }

    private struct Sleep: PostgresStatement {
        static let sql = "SELECT pg_sleep(60)"
        let parameters = PostgresParameters()
    }

    @Test("nothing waits for ever: an answer that doesn't come is a lost connection")
    func patience() throws {
        let connection = try connect(patience: .milliseconds(300))
        #expect(throws: PostgresError.self) { try connection.run(Sleep()) }
        #expect(connection.isLost)
        #expect(throws: PostgresError.self) { try connection.run(Divide(by: 1)) }
    }

    @Test(
        "what can't be reached says so, without the password",
        arguments: [
            "postgres://nobody:hunter2@127.0.0.1:1/x", "postgres://nobody:hunter2@[::1]:1/x",
            "postgres://u:hunter2@127.0.0.1:1/x?sslmode=require",
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
