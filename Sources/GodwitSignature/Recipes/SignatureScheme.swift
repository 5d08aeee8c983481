import GodwitCore

/// One way in which a provider proves its webhooks: a row of the table. A provider has several when it changed its mind.
public struct SignatureScheme: Sendable {
    /// As the field calls it: `v1`, `sha256-hex`, `t/v1`.
    public let name: String
    /// The other names under which it is known.
    let otherNames: [String]
    /// What a successful check proves.
    public let grade: TrustGrade
    /// How far the timestamp may lie from now; nil where the scheme has none.
    public let toleranceSeconds: Int64?
    let method: VerificationMethod
    let id: [ValuePlace]
    let eventType: [ValuePlace]

    init(
        _ name: String, also otherNames: [String] = [], grade: TrustGrade = .signature, tolerance: Int64? = nil,
        id: [ValuePlace] = [], eventType: [ValuePlace] = [], _ method: VerificationMethod
    ) {
        self.name = name
        self.otherNames = otherNames
        self.grade = grade
        toleranceSeconds = tolerance
        self.method = method
        self.id = id
        self.eventType = eventType
    }

    func isNamed(_ text: String) -> Bool {
        let folded = text.lowercased()
        return name.lowercased() == folded || otherNames.contains { $0.lowercased() == folded }
    }
}

/// How a scheme is checked. Most are a recipe; the others are what no recipe of ours can say.
enum VerificationMethod: Sendable {
    case recipe(SignatureRecipe)
    case standardWebhooks(StandardWebhooksVariant)
    /// The secret itself stands in the request.
    case token(TokenPlace)
    case twilio(HMACHash)
    case adyenItems
    case sns
    case httpSignature
    case contentDigest
    /// A JSON Web Token, and how it is bound to the body.
    case jsonWebToken(TokenRules)
    /// What to ask the sender instead; and the events that are always signed, so that one without a signature is forged.
    case unsigned(refetch: String, unlessType: [String] = [])
}

enum StandardWebhooksVariant: Sendable {
    case strict
    /// OpenAI's own library takes a signature without `v1,`, and a secret without `whsec_` as text.
    case openAI
}

enum TokenPlace: Sendable {
    /// What stands in front of the secret in the header.
    case header(String, prefix: String = "")
    case json(JSONPointer)
    /// Each object in the array of that name must have the secret in this member; at least one must be there.
    case jsonItems(array: String, member: String)
    case query(String)
}

/// A scheme that signs a text put together from parts of the request.
struct SignatureRecipe: Sendable {
    var key: KeyForm = .utf8
    var algorithm: SignatureAlgorithm = .hmac(.sha256)
    var place: SignaturePlace
    var encoding: BinaryText = .hex
    var content: [ContentPart] = [.body]
    var time: TimeRule?
    /// What else must hold before anything is computed.
    var precondition: Precondition = .none
}

/// How the text that a provider gives becomes a key.
enum KeyForm: Sendable {
    case utf8, hex, base64
    /// Toss Payments: a key in hex, of which the documentation doesn't say whether it is decoded. Both are tried.
    case hexOrUTF8
    /// In hex (Discord).
    case ed25519Public
    /// DER in base64, PEM, or a JSON Web Key.
    case publicKey
}

enum SignatureAlgorithm: Hashable, Sendable {
    case hmac(HMACHash)
    /// The text in front of the signature names the hash (WebSub).
    case hmacNamedByPrefix
    case ed25519
    /// Signatures in DER.
    case ecdsaP256SHA256
    case rsaPKCS1SHA256
}

enum HMACHash: String, Hashable, Sendable, CaseIterable {
    case sha1, sha256, sha384, sha512

    var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }
}

enum BinaryText: Sendable { case hex, base64 }

enum SignaturePlace: Sendable {
    /// The whole value, after a prefix like `sha256=`.
    case header(String, prefix: String = "")
    /// `t=1,v1=aa,v1=bb`: parameters with a separator between them, and those of one name are signatures.
    case list(header: String, separator: Character, assign: Character, key: String)
    case json(JSONPointer)
}

enum ContentPart: Sendable {
    case literal(String)
    case value(ValuePlace)
    /// The timestamp's text as it was received.
    case timestamp
    case body, method, url
    /// An identifier that only the receiver knows (PayPal's webhook id).
    case webhookID
    /// CRC-32 of the body, in decimal.
    case bodyCRC32
}

enum ValuePlace: Sendable {
    case header(String)
    case json(JSONPointer)
    /// A parameter of the list that carries the signatures.
    case parameter(String)

    static func json(_ pointer: StaticString) -> ValuePlace { .json(JSONPointer(constant: pointer)) }
}

struct TimeRule: Sendable {
    enum Unit: Sendable { case seconds, milliseconds, rfc3339 }

    var place: ValuePlace
    var unit: Unit = .seconds
    /// Some libraries ask only for age, so that a sender whose clock is ahead is heard.
    var acceptsFuture = false
}

enum Precondition: Sendable {
    case none
    /// The URL in the header is https and its host is this one or below it; and the algorithm is the one we check.
    case payPalCertificate
}

extension JSONPointer {
    /// For pointers in our own tables.
    init(constant: StaticString) {
        guard let pointer = JSONPointer(constant.description) else { preconditionFailure("not a JSON pointer: \(constant)") }
        self = pointer
    }
}
