extension Provider {
    /// How this provider proves its webhooks, the usual way first. Never empty.
    public var schemes: [SignatureScheme] {
        switch self {
        case .standardWebhooks, .clerk, .polar, .portOne, .resend, .supabase, .svix: StandardSchemes.standardWebhooks
        case .openAI: StandardSchemes.openAI
        case .httpSignatures: StandardSchemes.httpSignatures
        case .contentDigest: StandardSchemes.contentDigest
        case .cloudEvents: StandardSchemes.cloudEvents
        case .webSub: StandardSchemes.webSub
        case .restHooks, .asana: StandardSchemes.restHooks
        case .securityEvents: StandardSchemes.securityEvents
        case .adyen: PaymentSchemes.adyen
        case .kakaoPay: PaymentSchemes.kakaoPay
        case .lemonSqueezy: PaymentSchemes.lemonSqueezy
        case .naverPay: PaymentSchemes.naverPay
        case .paddle: PaymentSchemes.paddle
        case .payPal: PaymentSchemes.payPal
        case .payple: PaymentSchemes.payple
        case .plaid: PaymentSchemes.plaid
        case .portOneV1: PaymentSchemes.portOneV1
        case .razorpay: PaymentSchemes.razorpay
        case .shopify: PaymentSchemes.shopify
        case .square: PaymentSchemes.square
        case .stripe: PaymentSchemes.stripe
        case .tossPayments: PaymentSchemes.tossPayments
        case .tossPlace: PaymentSchemes.tossPlace
        case .bitbucket: WorkSchemes.bitbucket
        case .calendly: WorkSchemes.calendly
        case .dropbox: WorkSchemes.dropbox
        case .github: WorkSchemes.github
        case .gitlab: WorkSchemes.gitlab
        case .linear: WorkSchemes.linear
        case .sentry: WorkSchemes.sentry
        case .trello: WorkSchemes.trello
        case .vercel: WorkSchemes.vercel
        case .workOS: WorkSchemes.workOS
        case .zendesk: WorkSchemes.zendesk
        case .discord: MessageSchemes.discord
        case .hubSpot: MessageSchemes.hubSpot
        case .intercom: MessageSchemes.intercom
        case .kakao: MessageSchemes.kakao
        case .line: MessageSchemes.line
        case .mailgun: MessageSchemes.mailgun
        case .meta: MessageSchemes.meta
        case .sendGrid: MessageSchemes.sendGrid
        case .slack: MessageSchemes.slack
        case .telegram: MessageSchemes.telegram
        case .twilio: MessageSchemes.twilio
        case .twitch: MessageSchemes.twitch
        case .x: MessageSchemes.x
        case .zoom: MessageSchemes.zoom
        case .eventGrid: CloudSchemes.eventGrid
        case .microsoftGraph: CloudSchemes.microsoftGraph
        case .pubSub: CloudSchemes.pubSub
        case .sns: CloudSchemes.sns
        }
    }

    /// The scheme of that name, as tables and vector files write it.
    public func scheme(named name: String) -> SignatureScheme? { schemes.first { $0.isNamed(name) } }
}
