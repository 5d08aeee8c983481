import GodwitCore

/// What a sender adds to a webhook so that its receiver can check it.
public struct SignedWebhook: Hashable, Sendable {
    /// Header fields to send besides your own.
    public var headers: [WebhookHeaders.Field]
    /// Where to send it: as given, but for schemes that put something into the query.
    public var url: String?
    /// The body to send: as given, but for schemes whose body is the token.
    public var body: [UInt8]
    /// For schemes that sign within the body: what must stand at which JSON pointer (RFC 6901). The body doesn't have it yet.
    public var bodyFields: [BodyField]

    /// A value that must be put into the body.
    public struct BodyField: Hashable, Sendable {
        /// Where.
        public let pointer: String
        /// A JSON string.
        public let value: String
    }

    init(headers: [WebhookHeaders.Field] = [], url: String?, body: [UInt8], bodyFields: [BodyField] = []) {
        self.headers = headers
        self.url = url
        self.body = body
        self.bodyFields = bodyFields
    }
}

/// Why a webhook could not be signed.
public enum ProviderSigningError: Error, Hashable, Sendable {
    /// The scheme signs something of the request that isn't there: the URL, a header, or a field of the body.
    case missing(String)
    /// The body is not what this provider's webhooks have.
    case malformedBody
    /// The cryptographic library refused.
    case refused
}

extension ProviderSigningError: CustomStringConvertible {
    /// For people.
    public var description: String {
        switch self {
        case .missing(let what): "\(what) is needed, because the signature covers it"
        case .malformedBody: "the body is not what this provider sends"
        case .refused: "the key can't sign"
        }
    }

    init(_ error: VerificationError) {
        self =
            switch error {
            case .missingHeader(let name), .missingComponent(let name): .missing(name)
            default: .malformedBody
            }
    }
}

extension SignedWebhook {
    /// The request as it is sent: with the headers, the URL, the body, and the fields put into it. A body that gets fields is
    /// written anew; its other members keep their order and the spelling of their numbers.
    public func applied(to request: WebhookRequest) -> WebhookRequest {
        var request = request
        for field in headers { request.headers.append(field.name, field.value) }
        request.url = url
        request.body = body
        guard !bodyFields.isEmpty, var json = try? JSONValue.parse(body) else { return request }
        for field in bodyFields { json = json.setting(field.pointer.split(separator: "/")[...], to: .string(field.value)) }
        request.body = JSONWriter.write(json)
        return request
    }
}

extension JSONValue {
    /// With that value at the place; objects on the way that are missing are made.
    fileprivate func setting(_ path: ArraySlice<Substring>, to value: JSONValue) -> JSONValue {
        guard let name = path.first else { return value }
        if case .array(var items) = self, let index = Int(name), items.indices.contains(index) {
            items[index] = items[index].setting(path.dropFirst(), to: value)
            return .array(items)
        }
        var members: [Member] = if case .object(let members) = self { members } else { [] }
        let old = members.first { $0.name == name }?.value ?? .object([])
        let member = Member(String(name), old.setting(path.dropFirst(), to: value))
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index] = member
        } else {
            members.append(member)
        }
        return .object(members)
    }
}
