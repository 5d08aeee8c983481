package import GodwitCore

/// Which messages go, or went, to an endpoint, and what is shown beside attempts.
package protocol EndpointMessageStore: Sendable {
    /// By message. A page looks at no more than `Limits.listScan` deliveries, and ends early at `Limits.pagePayloadBytes`.
    func endpointMessages(
        endpoint: Int64, _ filter: EndpointMessageFilter, _ page: PageRequest<Int64>
    ) throws(StoreError) -> Page<EndpointMessage>
    /// Messages without their payloads, by key; a key without a row is left out.
    func messageHeads(_ keys: Set<Int64>) throws(StoreError) -> [Int64: Message]
}

package struct EndpointMessage: Sendable {
    package let delivery: StoredDelivery
    package let message: Message

    package init(delivery: StoredDelivery, message: Message) {
        self.delivery = delivery
        self.message = message
    }
}

package struct EndpointMessageFilter: Hashable, Sendable {
    package var messages: MessageFilter
    /// How the delivery to the endpoint stands.
    package var status: AttemptStatus?

    package init(messages: MessageFilter = MessageFilter(), status: AttemptStatus? = nil) {
        self.messages = messages
        self.status = status
    }

    package var isNone: Bool { status == nil && messages.isNone }
}

extension MessageFilter {
    /// Whether every message of that time passes.
    package var isNone: Bool { eventTypes == nil && channel == nil && tag == nil }
}
