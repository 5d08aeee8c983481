import GodwitReceiver
import GodwitReceiverHummingbird
import GodwitSignature
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A receiver as a user would write it, for end-to-end tests that kill it: each webhook becomes a row of `effects` in its file.
@main struct ReceiverProgram {
    static func main() async throws {
        let settings = ProcessInfo.processInfo.environment
        func setting(_ name: String) -> String { settings["RECEIVER_" + name] ?? "" }

        let file = try ReceiverFile(path: setting("FILE"))
        try await file.transaction { transaction in
            _ = try transaction.run(
                "CREATE TABLE IF NOT EXISTS effects (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, body TEXT, at INTEGER)")
        }
        let verifier = try ProviderVerifier(.standardWebhooks, secrets: [ProviderSecret(setting("SECRET"))])
        let receiver = WebhookReceiver(verifier: verifier, deduplication: file.deduplication) { webhook in
            let (id, body) = (webhook.id, String(decoding: webhook.body, as: UTF8.self))
            try await file.processOnce(webhook) { transaction in
                _ = try transaction.run(
                    "INSERT INTO effects (id, body, at) VALUES ($1, $2, $3)",
                    [.text(id), .text(body), .integer(transaction.nowSeconds)])
            }
        }
        var options = GapRepair.Options()
        options.ordered = setting("ORDER") == "fifo"
        options.heartbeatSeconds = 1
        options.patienceSeconds = 1
        options.onFailure = { error in print("repair: \(error)") }
        let feed = try HTTPFeed(url: setting("FEED"), token: setting("TOKEN"))
        let repair = GapRepair(receiver: receiver, feed: feed, name: "main", cursors: file, options: options)

        let router = Router()
        router.webhook("hook", repair)
        router.get("standing") { _, _ in
            let standing = try await repair.standing()
            let (head, missing, scheduled) = (standing.head ?? -1, standing.missing, standing.scheduled)
            return #"{"cursor":\#(standing.cursor),"head":\#(head),"missing":\#(missing),"scheduled":\#(scheduled)}"#
        }
        var logger = Logger(label: "receiver-program")
        logger.logLevel = .error
        var application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: Int(setting("PORT")) ?? 0)),
            logger: logger)
        let follows = setting("MODE") == "pull"
        application.addServices(
            ReceiverService {
                if follows { try await repair.follow() } else { try await repair.run() }
            })
        try await application.runService()
    }
}
