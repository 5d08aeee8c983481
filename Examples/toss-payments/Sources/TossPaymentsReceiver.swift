import Foundation
import GodwitReceiver
import GodwitReceiverHummingbird
import GodwitSignature
import Hummingbird

@main
struct TossPaymentsReceiver {
    static func main() async {
        do {
            try await run(Settings(ProcessInfo.processInfo.environment))
        } catch {
            FileHandle.standardError.write(Data("TossPaymentsReceiver: \(error)\n".utf8))
            exit(1)
        }
    }

    static func run(_ settings: Settings) async throws {
        // 상점의 다른 프로세스도 같은 파일을 쓸 수 있게 공유로 엽니다.
        let shop = try await Shop(file: ReceiverFile(path: settings.database, sharing: .shared(leaseSeconds: 10)))
        let toss = try TossReceiver(shop: shop, securityKey: settings.securityKey)
        let refetcher = Refetcher(shop: shop, api: TossAPI(base: settings.api, secretKey: settings.secretKey))

        let router = Router(context: WebhookContext.self)
        router.webhook("webhooks/toss", toss.receiver(sources: settings.sources))
        let server = Application(
            router: router, configuration: .init(address: .hostname(settings.host, port: settings.port)))

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.runService() }
            group.addTask { try await refetcher.run() }
            // SIGTERM을 받으면 서버가 먼저 끝나고, 그다음 조회도 끝냅니다.
            try await group.next()
            group.cancelAll()
        }
    }
}

/// 적어 둔 결제를 하나씩 조회합니다. 하나씩이어야 늦게 도착한 옛 상태가 새 상태를 덮지 않습니다.
struct Refetcher: Sendable {
    let shop: Shop
    let api: TossAPI

    func run() async throws {
        while !Task.isCancelled {
            guard let lookup = try await shop.nextLookup() else {
                try? await Task.sleep(for: .milliseconds(500))
                continue
            }
            do {
                try await shop.apply(api.payment(lookup.paymentKey), of: lookup)
            } catch {
                log("\(lookup.paymentKey)를 나중에 다시 조회합니다: \(error)")
                try await shop.postpone(lookup)
            }
        }
    }
}

/// 비밀 값과 본문은 기록하지 않습니다.
func log(_ outcome: WebhookOutcome) {
    switch outcome {
    case .processed(let key): log("처리 \(key)")
    case .duplicate(let key): log("중복 \(key)")
    case .handshake: break
    case .refused(let status, let reason): log("거절 \(status): \(reason)")
    case .failed(let key, let error): log("실패 \(key): \(error)")
    }
}

func log(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
