import Foundation
import GodwitReceiver
import GodwitSignature

/// 무엇이 증명되었는지(신뢰 등급)에 따라 처리를 나눕니다.
///
/// | 등급 | 이벤트 | 처리 |
/// |---|---|---|
/// | `signature` | payout.changed, seller.changed | 본문을 그대로 믿고 반영 |
/// | `sharedSecretInBody` | DEPOSIT_CALLBACK | 보낸 쪽만 증명됨. 결제를 다시 조회 |
/// | `unverified` | 나머지 | 아무것도 증명되지 않음. 우리 결제일 때만 다시 조회 |
struct TossReceiver: Sendable {
    let shop: Shop
    /// 서명용 보안 키로 만든 검증기.
    let signed: ProviderVerifier

    init(shop: Shop, securityKey: String) throws {
        self.shop = shop
        // 서명된 전송 시각은 시도할 때마다 새로 찍히므로, 5분이 지난 것은 재전송 공격으로 보고 거절합니다.
        signed = try ProviderVerifier(
            .tossPayments, secrets: [ProviderSecret(securityKey)], options: VerifierOptions(tolerance: .seconds(300)))
    }

    func receiver(sources: SourceAddresses?) -> WebhookReceiver {
        var options = ReceiverOptions()
        options.sources = sources
        // 토스페이먼츠에는 200만이 확실한 성공입니다. 중복에도 200을 답합니다. 4xx를 답하면 3일 19시간 동안 다시 옵니다.
        options.acceptedStatus = 200
        options.chooseVerifier = verifier
        options.refetch = refetch
        options.observe = { outcome in log(outcome) }
        return WebhookReceiver(
            verifier: signed, deduplication: shop.file.deduplication, options: options, handler: handle)
    }

    /// 가상계좌의 secret은 주문마다 다르므로, 주문에 맞는 검증기를 골라야 합니다.
    func verifier(for request: WebhookRequest) async throws -> ProviderVerifier? {
        // 모든 토스페이먼츠 웹훅에 있는 헤더입니다. 없으면 다른 곳에서 온 요청입니다(401).
        guard request.headers["tosspayments-webhook-transmission-id"] != nil else { return nil }
        guard request.headers["tosspayments-webhook-signature"] == nil, let callback = DepositCallback(request.body)
        else { return signed }
        // 아직 저장하지 못한 주문일 수 있습니다. nil이면 401이고, 1분 뒤에 다시 옵니다.
        guard let secret = try await shop.secret(ofOrder: callback.orderId) else { return nil }
        return try ProviderVerifier(.tossPayments, scheme: "body-secret", secrets: [ProviderSecret(secret)])
    }

    /// 검증된 웹훅만 여기에 옵니다. 10초 안에 답해야 하므로, API를 부르지 않고 적어 두기만 합니다.
    func handle(_ webhook: VerifiedWebhook) async throws {
        switch webhook.grade {
        case .signature:
            guard let event = try? JSONDecoder().decode(EntityChanged.self, from: Data(webhook.body)) else {
                throw WebhookRejection.unprocessable("모르는 모양의 이벤트입니다")
            }
            try await shop.apply(event, of: webhook)
        case .sharedSecretInBody:
            // 본문을 본 적이 있는 사람이라면 secret을 알고 상태를 꾸며낼 수 있습니다. 그래서 status를 믿지 않고 다시 조회합니다.
            guard let callback = DepositCallback(webhook.body), try await shop.lookUp(orderID: callback.orderId) else {
                throw WebhookRejection.retryLater(afterSeconds: 60)
            }
        case .signatureWithoutBody, .sharedSecretInHeader, .unverified:
            throw WebhookRejection.unprocessable("토스페이먼츠가 쓰지 않는 방식입니다")
        }
    }

    /// 증명되지 않은 웹훅. 누구나 보낼 수 있으므로, 무엇을 다시 조회할지 알려 주는 힌트로만 씁니다.
    func refetch(_ webhook: UnverifiedWebhook) async throws -> WebhookResponse {
        guard let paymentKey = UnsignedEvent(webhook.body)?.data.paymentKey else {
            // BILLING_DELETED처럼 조회할 API가 없는 이벤트는 증명할 길이 없습니다. 기록만 하고 아무것도 바꾸지 않습니다.
            log("확인할 수 없는 이벤트를 무시합니다: \(webhook.claimedEventType ?? "-")")
            return WebhookResponse(status: 200)
        }
        // 모르는 결제는 API를 부르지 않습니다. 승인 응답을 저장하기 전에 온 웹훅일 수 있으므로, 나중에 다시 오게 합니다.
        guard try await shop.lookUp(paymentKey: paymentKey) else { throw WebhookRejection.retryLater(afterSeconds: 60) }
        return WebhookResponse(status: 200)
    }
}
