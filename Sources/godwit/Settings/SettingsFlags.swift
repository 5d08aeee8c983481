import ArgumentParser

/// The settings of a server as flags.
struct SettingsFlags: ParsableArguments {
    @OptionGroup var store: StoreFlags
    @Option(help: .setting(.host)) var host: String?
    @Option(help: .setting(.port)) var port: String?
    @Option(help: .setting(.storeReplica)) var storeReplica: String?
    @Option(help: .setting(.role)) var role: String?
    @Flag(name: .customLong("dev"), help: .setting(.development)) var development = false
    @Option(help: .setting(.retrySchedule)) var retrySchedule: String?
    @Option(help: .setting(.requestTimeout)) var requestTimeout: String?
    @Option(help: .setting(.connectTimeout)) var connectTimeout: String?
    @Option(help: .setting(.endpointConcurrency)) var endpointConcurrency: String?
    @Option(help: .setting(.hostConcurrency)) var hostConcurrency: String?
    @Flag(help: .setting(.allowHTTP)) var allowHTTP = false
    @Option(help: .setting(.allowSubnets)) var allowSubnets: String?
    @Option(help: .setting(.proxy)) var proxy: String?
    @Option(help: .setting(.noProxy)) var noProxy: String?
    @Option(name: .customLong("tls-ca-file"), help: .setting(.tlsCAFile)) var tlsCAFile: String?
    @Flag(help: .setting(.svixHeaders)) var svixHeaders = false
    @Option(name: .customLong("api-rate-limit"), help: .setting(.apiRateLimit)) var apiRateLimit: String?
    @Option(name: .customLong("public-url"), help: .setting(.publicURL)) var publicURL: String?
    @Option(help: .setting(.retentionDays)) var retentionDays: String?
    @Option(help: .setting(.storageLimit)) var storageLimit: String?
    @Option(help: .setting(.logLevel)) var logLevel: String?

    func read() async throws -> ServerSettings {
        var given: [String: String] = [:]
        for (setting, value) in [
            (Setting.host, host), (.port, port), (.retrySchedule, retrySchedule), (.requestTimeout, requestTimeout),
            (.connectTimeout, connectTimeout), (.endpointConcurrency, endpointConcurrency),
            (.hostConcurrency, hostConcurrency), (.allowSubnets, allowSubnets), (.proxy, proxy), (.noProxy, noProxy),
            (.tlsCAFile, tlsCAFile), (.logLevel, logLevel), (.apiRateLimit, apiRateLimit),
            (.publicURL, publicURL), (.store, store.store), (.role, role), (.retentionDays, retentionDays),
            (.storeReplica, storeReplica), (.storageLimit, storageLimit),
        ] {
            given[setting.name] = value
        }
        for (setting, isSet) in [
            (Setting.development, development), (.allowHTTP, allowHTTP), (.svixHeaders, svixHeaders),
        ] where isSet {
            given[setting.name] = "true"
        }
        return try ServerSettings(try await SettingsReader(flags: given, file: store.config))
    }
}

/// Where the store and the settings file are: what `serve` and `token` have in common.
struct StoreFlags: ParsableArguments {
    @Option(help: .setting(.store)) var store: String?
    @Option(help: "Settings file. (default: godwit.yaml, if it exists)") var config: String?

    func reader() async throws -> SettingsReader {
        try await SettingsReader(flags: store.map { [Setting.store.name: $0] } ?? [:], file: config)
    }
}

extension ArgumentHelp {
    static func setting(_ setting: Setting) -> ArgumentHelp {
        ArgumentHelp("\(setting.help) (default: \(setting.standard.isEmpty ? "none" : setting.standard))")
    }
}
