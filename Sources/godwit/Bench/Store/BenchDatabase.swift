import Foundation
import GodwitStore

#if Postgres
import GodwitPostgres
#endif

/// A database of our own on a PostgreSQL server.
struct BenchDatabase: Sendable {
    let address: String
    /// Host and port, for reports.
    let server: String
    #if Postgres
    private let scratch: PostgresScratch
    #endif

    /// Makes one, hands it over, and drops it, however that goes.
    ///
    /// - Parameter server: any database on the server; nothing of it is touched.
    static func hold<Value>(
        on server: String, keeps: Bool, _ body: (BenchDatabase) async throws -> Value
    ) async throws -> Value {
        #if Postgres
        let database = try make(on: server)
        return try await finally {
            if keeps {
                BenchProgress.say("kept: the database \(database.scratch.name)")
            } else {
                do throws(StoreError) { try database.scratch.drop() } catch {
                    BenchProgress.say("godwit: the database \(database.scratch.name) could not be dropped: \(error.message)")
                }
            }
        } after: {
            try await body(database)
        }
        #else
        throw StoreAddress.notBuiltIn
        #endif
    }

    /// Makes one and drops it: a server that refuses that is better known before anything was measured.
    static func probe(on server: String) async throws { try await hold(on: server, keeps: false) { _ in } }

    #if Postgres
    private static func make(on server: String) throws -> BenchDatabase {
        let place = StoreAddress.postgres(server).description
        let name = "godwit_bench_" + String(UInt64.random(in: .min ... .max), radix: 36)
        do throws(StoreError) {
            let scratch = try PostgresScratch.make(on: server, named: name)
            return BenchDatabase(address: scratch.address, server: host(in: place), scratch: scratch)
        } catch {
            throw BenchFailure("no database for the benchmark on \(place): \(error.message)")
        }
    }

    func sample() throws -> BenchStoreSample {
        try scratch.figures { figures in
            BenchStoreSample(
                bytes: figures.databaseBytes, logBytes: figures.logBytes,
                cpuMicroseconds: Machine.serverCPU(ofBackend: figures.backend, database: scratch.name))
        }
    }

    /// After much was written at once.
    func settle() throws { try scratch.settle() }
    #else
    func sample() throws -> BenchStoreSample { throw StoreAddress.notBuiltIn }
    func settle() throws { throw StoreAddress.notBuiltIn }
    #endif

    /// Of `'postgres://host:port/database'`.
    private static func host(in place: String) -> String {
        let rest = place.drop { $0 != "/" }.dropFirst(2)
        let host = rest.prefix { $0 != "/" && $0 != "'" }
        return host.isEmpty ? "localhost" : String(host)
    }
}
