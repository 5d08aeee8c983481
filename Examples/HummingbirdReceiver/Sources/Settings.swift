import GodwitSignature

/// What this receiver is told by its environment.
struct Settings {
    /// Holds the endpoint's secret.
    let verifier: ProviderVerifier
    let host: String
    let port: Int
    /// The SQLite file.
    let database: String
    /// Where missed webhooks are fetched from; nil: pushes only.
    let feed: (url: String, token: String)?

    init(_ environment: [String: String]) throws {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let secret = value("WEBHOOK_SECRET") else {
            throw SettingsError("WEBHOOK_SECRET is missing: give it the endpoint's secret, whsec_…")
        }
        do {
            verifier = try ProviderVerifier(.standardWebhooks, secrets: [ProviderSecret(secret)])
        } catch {
            throw SettingsError("WEBHOOK_SECRET: \(error)")
        }
        host = value("HOST") ?? "127.0.0.1"
        guard let port = Int(value("PORT") ?? "3000"), (1...65535).contains(port) else {
            throw SettingsError("PORT must be a number from 1 to 65535")
        }
        self.port = port
        database = value("DATABASE") ?? "receiver.db"
        switch (value("FEED_URL"), value("FEED_TOKEN")) {
        case (nil, nil): feed = nil
        case (let url?, let token?): feed = (url, token)
        default: throw SettingsError("FEED_URL and FEED_TOKEN belong together: give both or none")
        }
    }
}

struct SettingsError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
