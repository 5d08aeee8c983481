import GodwitCore

extension JSONShape where Value == String {
    /// Normalised, and checked as far as that goes without resolving its name. The address is judged again before each
    /// connection: what a name resolves to may change.
    static func webhookURL(_ policy: TargetPolicy) -> Self {
        string.converted(placeholder: "") { text in
            do throws(WebhookURLError) {
                let url = try WebhookURL(text)
                return policy.refusal(of: url).map { .refused($0.advice) } ?? .accepted(url.description)
            } catch {
                return .refused(error.description)
            }
        }
    }
}

extension TargetRefusal {
    /// Names the setting with which an operator permits it.
    fileprivate var advice: String {
        switch self {
        case .unencrypted: "\(self). Operators permit it with GODWIT_ALLOW_HTTP."
        case .loopbackName, .address: "\(self). Operators permit networks of their own with GODWIT_ALLOW_SUBNETS."
        }
    }
}
