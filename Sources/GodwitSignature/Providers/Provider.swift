/// Who sends webhooks, or the standard by which somebody does. The raw value is the name on the command line.
public enum Provider: String, Hashable, Sendable, CaseIterable {
    // Standards
    case standardWebhooks = "standard-webhooks"
    case httpSignatures = "rfc9421"
    case contentDigest = "rfc9530"
    case cloudEvents = "cloudevents"
    case webSub = "websub"
    case restHooks = "resthooks"
    case securityEvents = "secevent"

    // Standard Webhooks under another name
    case clerk
    case openAI = "openai"
    case polar
    case portOne = "portone-v2"
    case resend
    case supabase
    case svix

    // Payments and commerce
    case adyen
    case kakaoPay = "kakaopay"
    case lemonSqueezy = "lemon-squeezy"
    case naverPay = "naverpay"
    case paddle
    case payPal = "paypal"
    case payple
    case plaid
    case portOneV1 = "portone-v1"
    case razorpay
    case shopify
    case square
    case stripe
    case tossPayments = "tosspayments"
    case tossPlace = "tossplace"

    // Development and work
    case asana
    case bitbucket
    case calendly
    case dropbox
    case github
    case gitlab
    case linear
    case sentry
    case trello
    case vercel
    case workOS = "workos"
    case zendesk

    // Messages, mail, people
    case discord
    case hubSpot = "hubspot"
    case intercom
    case kakao
    case line
    case mailgun
    case meta
    case sendGrid = "sendgrid"
    case slack
    case telegram
    case twilio
    case twitch
    case x
    case zoom

    // Clouds
    case eventGrid = "azure-event-grid"
    case microsoftGraph = "microsoft-graph"
    case pubSub = "google-pubsub"
    case sns = "aws-sns"

    /// Reads a name as people write it: case, spaces and punctuation don't matter, and usual other names are known.
    public init?(named name: some StringProtocol) {
        let folded = Self.fold(name)
        if let provider = Self.byFoldedName[folded] {
            self = provider
        } else {
            return nil
        }
    }

    private static func fold(_ name: some StringProtocol) -> String {
        String(name.lowercased().unicodeScalars.filter { ("a"..."z").contains($0) || ("0"..."9").contains($0) })
    }

    private static let byFoldedName: [String: Provider] = {
        var names = Dictionary(allCases.map { (fold($0.rawValue), $0) }) { first, _ in first }
        for (name, provider) in otherNames { names[name] = provider }
        return names
    }()

    private static let otherNames: [(String, Provider)] = [
        ("standardwebhook", .standardWebhooks), ("sw", .standardWebhooks), ("godwit", .standardWebhooks),
        ("httpmessagesignatures", .httpSignatures), ("httpsignatures", .httpSignatures), ("rfc9421profile", .httpSignatures),
        ("digest", .contentDigest), ("contentdigest", .contentDigest), ("cloudevent", .cloudEvents), ("jwt", .cloudEvents),
        ("youtube", .webSub), ("pubsubhubbub", .webSub), ("asanaresthooks", .asana), ("risc", .securityEvents),
        ("set", .securityEvents), ("rfc8935", .securityEvents), ("rfc8417", .securityEvents), ("apple", .securityEvents),
        ("googlerisc", .securityEvents), ("kakaoaccount", .securityEvents), ("kakaoaccountstatus", .securityEvents),
        ("portone", .portOne), ("iamport", .portOneV1), ("adyenpayments", .adyen), ("adyenplatform", .adyen),
        ("lemonsqueezy", .lemonSqueezy), ("paddlebilling", .paddle), ("toss", .tossPayments), ("tosspayment", .tossPayments),
        ("tossplacepos", .tossPlace), ("facebook", .meta), ("whatsapp", .meta), ("instagram", .meta), ("messenger", .meta),
        ("linemessaging", .line), ("twitter", .x), ("twitterx", .x), ("xtwitter", .x), ("twitcheventsub", .twitch),
        ("hubspotv3", .hubSpot), ("telegrambot", .telegram), ("telegrambots", .telegram), ("sendgridevent", .sendGrid),
        ("twiliosendgrid", .sendGrid), ("kakaodevelopers", .kakao), ("msgraph", .microsoftGraph), ("graph", .microsoftGraph),
        ("eventgrid", .eventGrid), ("azureeventgrid", .eventGrid), ("pubsub", .pubSub), ("google", .pubSub),
        ("gcppubsub", .pubSub),
        ("sns", .sns), ("amazonsns", .sns), ("aws", .sns),
    ]
}
