import Foundation
import GodwitReceiver
import GodwitReceiverHummingbird
import Hummingbird

/// Receives webhooks on Hummingbird: verified, each booked once, and what pushes have missed is fetched from the sender's feed.
@main
struct HummingbirdReceiver {
    static func main() async {
        do {
            try await run(Settings(ProcessInfo.processInfo.environment))
        } catch {
            FileHandle.standardError.write(Data("HummingbirdReceiver: \(error)\n".utf8))
            exit(1)
        }
    }

    static func run(_ settings: Settings) async throws {
        let file = try ReceiverFile(path: settings.database)
        let ledger = try await Ledger(file: file)

        // A type that isn't named here is accepted and ignored, so that a sender's new types do no harm.
        let events = EventRouter()
            .on("invoice.paid", as: EventEnvelope<Invoice>.self) { event, webhook in
                try await ledger.book(event.data, of: webhook)
            }

        var options = ReceiverOptions()
        options.observe = { outcome in log(outcome) }
        let receiver = WebhookReceiver(
            verifier: settings.verifier, deduplication: file.deduplication, options: options, handler: events.handle)
        let repair = try settings.feed.map { feed in
            var options = GapRepair.Options()
            options.onGone = { numbers, _, why in log("lost at the sender: \(numbers), \(why)") }
            options.onFailure = { error in log("the feed: \(error)") }
            return GapRepair(
                receiver: receiver, feed: try HTTPFeed(url: feed.url, token: feed.token), name: "ledger", cursors: file,
                options: options)
        }

        let router = Router()
        router.webhook("webhooks", repair ?? receiver)
        router.get("accounts/:account") { _, context in
            try await "\(ledger.balance(of: context.parameters.require("account")))\n"
        }
        // For `godwit check --effects`. Not for production: it tells strangers what was received.
        router.get("effects/:webhook") { _, context in
            try await "\(ledger.bookings(of: context.parameters.require("webhook")))"
        }
        let server = Application(
            router: router, configuration: .init(address: .hostname(settings.host, port: settings.port)))

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.runService() }
            if let repair { group.addTask { try await repair.run() } }
            // On SIGTERM the server ends by itself, and then the repair has to.
            try await group.next()
            group.cancelAll()
        }
    }

    static func log(_ outcome: WebhookOutcome) {
        switch outcome {
        case .processed(let key): log("processed \(key)")
        case .duplicate(let key): log("duplicate \(key)")
        case .handshake: break
        case .refused(let status, let reason): log("refused with \(status): \(reason)")
        case .failed(let key, let error): log("failed \(key): \(error)")
        }
    }

    static func log(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
