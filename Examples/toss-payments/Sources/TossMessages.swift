import Foundation

// 토스페이먼츠 웹훅의 본문은 모양이 세 가지입니다. 필요한 항목만 읽습니다.

/// 1. 서명이 없는 이벤트(PAYMENT_STATUS_CHANGED 등): `{"eventType", "createdAt", "data": {…}}`
struct UnsignedEvent: Decodable {
    struct Payment: Decodable { let paymentKey: String? }
    let eventType: String
    let data: Payment

    init?(_ body: [UInt8]) {
        guard let event = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
        self = event
    }
}

/// 2. DEPOSIT_CALLBACK: eventType이 없고 평평합니다. `{"createdAt", "secret", "status", "transactionKey", "orderId"}`
struct DepositCallback: Decodable {
    let orderId: String
    let secret: String

    init?(_ body: [UInt8]) {
        guard let callback = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
        self = callback
    }
}

/// 3. 지급대행(payout.changed, seller.changed): `{"eventType", "createdAt", "eventId", "entityBody": {…}}`
struct EntityChanged: Decodable, Sendable {
    struct Entity: Decodable, Sendable {
        let id: String
        let status: String
    }
    /// `2024-09-05T12:19:20+09:00`
    let createdAt: String
    let entityBody: Entity
}

/// `GET /v1/payments/{paymentKey}`의 응답.
struct Payment: Decodable, Sendable {
    let paymentKey: String
    let orderId: String
    let status: String
}
