/// One setting: the same name as a flag (`--retry-schedule`), in the environment (`GODWIT_RETRY_SCHEDULE`) and in `godwit.yaml`
/// (`retry-schedule:`). The table in `Docs/settings.md` is generated from this list.
struct Setting: Sendable {
    let name: String
    /// What stands when nobody says otherwise, as a user would write it.
    let standard: String
    let help: String
    /// Never shown, never taken from a flag, which other users of the machine could see.
    var isSecret = false

    var environmentName: String { "GODWIT_" + name.uppercased().replacing("-", with: "_") }

    static let host = Setting(name: "host", standard: "127.0.0.1", help: "Address to listen on.")
    static let port = Setting(name: "port", standard: "8071", help: "Port to listen on; 0 takes a free one.")
    static let store = Setting(
        name: "store", standard: "sqlite:godwit.db",
        help: "Where everything is kept: sqlite: and the path of a file, or postgres://user@host/database.")
    static let storeReplica = Setting(
        name: "store-replica", standard: "",
        help: """
            A server that follows the PostgreSQL of the store, as postgres://user@host/database, several hosts allowed: long lists \
            are read from it while it keeps up.
            """)
    static let role = Setting(
        name: "role", standard: "all",
        help: """
            What this node does, of several over one database: all; api, which accepts messages and leaves their delivery to others; or \
            worker, which delivers and serves /api/v1/health alone.
            """)
    static let development = Setting(
        name: "dev", standard: "false",
        help: "Development: allows http and private addresses as targets, prints a token and what to try.")
    static let retrySchedule = Setting(
        name: "retry-schedule", standard: "5s,5m,30m,2h,5h,10h,10h",
        help: "Waits between attempts (ms, s, m, h, d); empty for a single attempt. Each is moved by up to 20 % at random.")
    static let requestTimeout = Setting(
        name: "request-timeout", standard: "15s",
        help: "Time for one attempt, from look-up to the end of the response; 100ms to 5m.")
    static let connectTimeout = Setting(
        name: "connect-timeout", standard: "5s", help: "Time for a connection to a receiver, and again for TLS; 50ms to 1m.")
    static let endpointConcurrency = Setting(
        name: "endpoint-concurrency", standard: "64", help: "Requests to one endpoint on the wire at a time; 1 to 1024.")
    static let hostConcurrency = Setting(
        name: "host-concurrency", standard: "1024",
        help: "Requests to one host and port on the wire at a time, over all endpoints; 1 to 65536.")
    static let proxy = Setting(
        name: "proxy", standard: "",
        help: """
            Outgoing proxy, http://user:password@host:port (CONNECT) or socks5://host:port; it is asked for addresses that were judged. \
            A password belongs in the variable, not in the flag.
            """)
    static let noProxy = Setting(
        name: "no-proxy", standard: "",
        help:
            "Targets that are reached without the proxy: names, suffixes like .example.com, addresses and networks, separated by commas."
    )
    static let allowHTTP = Setting(name: "allow-http", standard: "false", help: "Allow endpoints with http URLs.")
    static let allowSubnets = Setting(
        name: "allow-subnets", standard: "",
        help: "Private networks that deliveries may go to, as a.b.c.d/n, separated by commas.")
    static let tlsCAFile = Setting(
        name: "tls-ca-file", standard: "", help: "PEM file of certificate authorities to trust besides the system's.")
    static let svixHeaders = Setting(
        name: "svix-headers", standard: "false",
        help: "Send svix-id, svix-timestamp and svix-signature beside the webhook- headers.")
    static let retentionDays = Setting(
        name: "retention-days", standard: "",
        help: """
            Days for which messages are kept, with their deliveries and attempts: 1 to 3650; without it, for ever. What has a payload or \
            has not ended stays.
            """)
    static let storageLimit = Setting(
        name: "storage-limit", standard: "",
        help: """
            Size of a store on SQLite, like 500MB or 20GB, past which the oldest messages are forgotten that may be; 10MB to 1000TB; \
            without it, none.
            """)
    static let logLevel = Setting(
        name: "log-level", standard: "info", help: "trace, debug, info, notice, warning, error or critical.")
    static let apiRateLimit = Setting(
        name: "api-rate-limit", standard: "0",
        help: """
            Requests per second that one caller may make: an organization, or one application's tokens; past it 429 with Retry-After. \
            0 for no bound, at most 1000000.
            """)
    static let publicURL = Setting(
        name: "public-url", standard: "",
        help: "Where people reach this server's pages, for links in answers; without it, where the request came to.")
    static let jwtSecret = Setting(
        name: "jwt-secret", standard: "made at first start, kept in the store",
        help: "Signs and checks bearer tokens (HS256); 32 random bytes or more.", isSecret: true)

    static let all = [
        host, port, store, storeReplica, role, development, retrySchedule, requestTimeout, connectTimeout, endpointConcurrency,
        hostConcurrency,
        allowHTTP, allowSubnets, proxy, noProxy, tlsCAFile, svixHeaders, apiRateLimit, publicURL, retentionDays,
        storageLimit,
        logLevel, jwtSecret,
    ]
}
