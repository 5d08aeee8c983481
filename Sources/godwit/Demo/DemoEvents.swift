/// What the demo publishes: a payment's life and a deposit to a virtual account.
struct DemoEvent: Sendable {
    let type: String
    let description: String
    /// JSON text.
    let payload: String

    static let all = [
        DemoEvent(
            type: "payment.requested", description: "A buyer asked to pay.",
            payload: #"{"paymentKey":"pay_0001","orderId":"order-1001","status":"READY","totalAmount":15000,"currency":"KRW"}"#),
        DemoEvent(
            type: "payment.approved", description: "The payment was approved.",
            payload: #"{"paymentKey":"pay_0001","orderId":"order-1001","status":"DONE","method":"카드","totalAmount":15000}"#),
        DemoEvent(
            type: "payment.cancelled", description: "The payment was cancelled.",
            payload: #"{"paymentKey":"pay_0001","status":"CANCELED","cancelReason":"고객 변심","cancelAmount":15000}"#),
        DemoEvent(
            type: "virtual_account.deposited", description: "Money arrived on a virtual account.",
            payload: #"{"orderId":"order-1002","status":"DONE","bank":"우리","accountNumber":"X6505636518308","amount":50000}"#),
    ]
}
