/// The abuse protection of "HTTP 1.1 Web Hooks for Event Delivery" 1.0, §4, from both sides.
public enum CloudEventsHandshake {
    /// The receiver's answer. Status 200 says nothing: only `WebHook-Allowed-Origin` is consent.
    static func response(origin: String, rate: String?, _ policy: HandshakePolicy) -> HandshakeResponse {
        var headers: [WebhookHeaders.Field] = [.init("Allow", policy.allowedMethods.joined(separator: ", "))]
        let isAllowed = policy.allowedOrigins.contains { $0 == "*" || $0.lowercased() == origin.lowercased() }
        guard isAllowed else { return HandshakeResponse(status: 200, headers: headers) }
        headers.append(.init("WebHook-Allowed-Origin", origin))
        let asked = rate.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        if let allowed = policy.allowedRatePerMinute {
            headers.append(.init("WebHook-Allowed-Rate", String(allowed)))
        } else if rate != nil {
            headers.append(.init("WebHook-Allowed-Rate", asked.map { String($0) } ?? "*"))
        }
        return HandshakeResponse(status: 200, headers: headers)
    }

    /// The sender's reading of an answer: whether deliveries may begin.
    ///
    /// - Parameter origin: what the request had as `WebHook-Request-Origin`.
    public static func isGranted(_ headers: WebhookHeaders, to origin: String) -> Bool {
        guard let allowed = headers["webhook-allowed-origin"] else { return false }
        return allowed == "*" || allowed.lowercased() == origin.lowercased()
    }
}
