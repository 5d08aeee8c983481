import GodwitCore
import GodwitEngine
import Logging
import NIOSSL

/// All settings of a server, read and checked.
struct ServerSettings: Sendable {
    var host: String
    var port: Int
    var store: StoreAddress
    /// As `StoreAddress.postgres`.
    var storeReplica: String?
    var development: Bool
    var engine: EngineSettings
    var logLevel: Logger.Level
    var jwtSecret: String?
    /// Requests per second; nil for no bound.
    var apiRateLimit: Int?
    var publicURL: String?

    init(_ reader: SettingsReader) throws {
        host = reader.text(.host)
        port = try reader.int(.port, in: 0...65_535)
        store = try Self.store(reader)
        storeReplica = try Self.storeReplica(reader, store: store)
        development = try reader.bool(.development)
        jwtSecret = reader.optional(.jwtSecret)
        let rate = try reader.int(.apiRateLimit, in: 0...Limits.apiRate.upperBound)
        apiRateLimit = rate == 0 ? nil : rate
        publicURL = try Self.publicURL(reader)
        let level = reader.text(.logLevel)
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw SettingError(.logLevel, "'\(level)' is none of trace, debug, info, notice, warning, error, critical")
        }
        self.logLevel = logLevel
        engine = EngineSettings(
            core: EngineConfiguration(
                schedule: try Self.schedule(reader),
                requestsInFlightPerEndpoint: try reader.int(.endpointConcurrency, in: 1...1024),
                requestsInFlightPerHost: try reader.int(.hostConcurrency, in: 1...65_536)),
            role: try Self.role(reader, store: store), timeouts: try Self.timeouts(reader),
            policy: try Self.policy(reader, development: development),
            proxy: try Self.proxy(reader), extraTrustRoots: try Self.trustRoots(reader),
            svixHeaders: try reader.bool(.svixHeaders),
            userAgent: "Godwit/\(Godwit.version)",
            retentionDays: try Self.retentionDays(reader), storageLimit: try Self.storageLimit(reader, store: store))
    }

    private static func retentionDays(_ reader: SettingsReader) throws -> Int? {
        guard reader.optional(.retentionDays) != nil else { return nil }
        return try reader.int(.retentionDays, in: Limits.retentionDays)
    }

    private static func storageLimit(_ reader: SettingsReader, store: StoreAddress) throws -> Int64? {
        guard let text = reader.optional(.storageLimit) else { return nil }
        let units: [(name: String, bytes: Int64)] = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000)]
        guard let unit = units.first(where: { text.hasSuffix($0.name) }), let number = Int64(text.dropLast(2)),
            case let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes), !overflow,
            Limits.storageLimit.contains(bytes)
        else {
            throw SettingError(
                .storageLimit, "'\(text)' is not a size within its limits; write a number and MB, GB or TB, like 20GB")
        }
        guard case .sqlite = store else {
            throw SettingError(
                .storageLimit, "PostgreSQL doesn't become smaller when messages are forgotten: use retention-days there")
        }
        return bytes
    }

    private static func role(_ reader: SettingsReader, store: StoreAddress) throws -> NodeRole {
        let text = reader.text(.role)
        guard let role = NodeRole(rawValue: text) else {
            throw SettingError(.role, "'\(text)' is none of all, api, worker")
        }
        if role != .all, case .sqlite = store {
            throw SettingError(.role, "a store on SQLite has one node, which does all")
        }
        return role
    }

    static func store(_ reader: SettingsReader) throws -> StoreAddress {
        let text = reader.text(.store)
        guard let address = StoreAddress(text) else {
            // Without what follows the scheme: that may hold a password.
            let scheme = text.prefix { $0 != ":" }
            throw SettingError(
                .store,
                "'\(scheme)…' is not a store: write sqlite: and the path of a file, like sqlite:godwit.db, or postgres://…")
        }
        return address
    }

    private static func storeReplica(_ reader: SettingsReader, store: StoreAddress) throws -> String? {
        guard let text = reader.optional(.storeReplica) else { return nil }
        guard case .postgres(let address)? = StoreAddress(text) else {
            throw SettingError(.storeReplica, "a replica is a PostgreSQL: write postgres://user@host/database")
        }
        guard case .postgres = store else {
            throw SettingError(.storeReplica, "a store on SQLite has no replica; give the primary as store, postgres://…")
        }
        return address
    }

    private static func publicURL(_ reader: SettingsReader) throws -> String? {
        guard var text = reader.optional(.publicURL) else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        let rest = ["https://", "http://"].first(where: text.hasPrefix).map { text.dropFirst($0.count) } ?? ""
        guard let first = rest.first, first != "/", rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !rest.contains(where: { "?#@\"<>\\".contains($0) })
        else { throw SettingError(.publicURL, "'\(text)' is not a place for pages: write https:// and a host") }
        return text
    }

    private static func schedule(_ reader: SettingsReader) throws -> RetrySchedule {
        do {
            return try RetrySchedule(parsing: reader.text(.retrySchedule))
        } catch {
            throw SettingError(.retrySchedule, error.description)
        }
    }

    private static func proxy(_ reader: SettingsReader) throws -> ProxyConfiguration? {
        guard let text = reader.optional(.proxy) else { return nil }
        do {
            return try ProxyConfiguration(text, noProxy: reader.text(.noProxy))
        } catch {
            throw SettingError(.proxy, "\(error)")
        }
    }

    private static func trustRoots(_ reader: SettingsReader) throws -> [NIOSSLCertificate] {
        guard let file = reader.optional(.tlsCAFile) else { return [] }
        do {
            return try NIOSSLCertificate.fromPEMFile(file)
        } catch {
            throw SettingError(.tlsCAFile, "no certificate can be read from '\(file)'")
        }
    }

    private static func timeouts(_ reader: SettingsReader) throws -> AttemptTimeouts {
        let total = try reader.duration(.requestTimeout, in: .milliseconds(100)...Duration.seconds(300))
        let connect = min(total, try reader.duration(.connectTimeout, in: .milliseconds(50)...Duration.seconds(60)))
        return AttemptTimeouts(connect: connect, tls: connect, firstByte: total, total: total)
    }

    private static func policy(_ reader: SettingsReader, development: Bool) throws -> TargetPolicy {
        let subnets = try reader.text(.allowSubnets).split(separator: ",").map { text in
            guard let subnet = Subnet(text.trimmingPrefix(" ")) else {
                throw SettingError(.allowSubnets, "'\(text)' is not a network like 10.0.0.0/8")
            }
            return subnet
        }
        return TargetPolicy(
            allowPrivate: development, allowHTTP: try reader.bool(.allowHTTP) || development, allowedSubnets: subnets)
    }
}
