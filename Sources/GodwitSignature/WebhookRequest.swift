/// A webhook as it came in: what the verifiers read.
public struct WebhookRequest: Sendable {
    /// In upper case.
    public var method: String
    /// The URL under which the sender knows this receiver, with its query. Some schemes sign it, character by character: behind a
    /// proxy give the public one, not what the proxy asks for. A path alone is enough for the others.
    public var url: String?
    /// All header fields.
    public var headers: WebhookHeaders
    /// Exactly the bytes that were received, before any decoding.
    public var body: [UInt8]
    /// The status code of a response whose signature is checked (RFC 9421 `@status`); nil for a request.
    public var status: Int?

    /// A request, or a response when `status` is given.
    public init(
        method: String = "POST", url: String? = nil, headers: WebhookHeaders, body: [UInt8], status: Int? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.status = status
    }
}

/// Header fields in the order in which they came; names are compared without regard to case (RFC 9110 §5.1).
public struct WebhookHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field line.
    public struct Field: Sendable, Hashable {
        /// In lower case.
        public let name: String
        /// Without white space around it.
        public let value: String

        /// Puts the name in lower case and trims the value.
        public init(_ name: String, _ value: String) {
            self.name = name.lowercased()
            self.value = String(value.trimmedOWS)
        }
    }

    /// Every field line, in order.
    public private(set) var fields: [Field]

    /// From field lines.
    public init(_ fields: [Field] = []) { self.fields = fields }

    /// `["Stripe-Signature": "t=…"]`
    public init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { Field($0.0, $0.1) } }

    /// Adds a line; one of the same name stays.
    public mutating func append(_ name: String, _ value: String) { fields.append(Field(name, value)) }

    /// The first value of that name; nil when there is none.
    public subscript(name: String) -> String? {
        // Tables and callers write names in lower case, nearly always: then nothing is allocated.
        if let exact = fields.first(where: { $0.name == name }) { return exact.value }
        let folded = name.lowercased()
        return folded == name ? nil : fields.first { $0.name == folded }?.value
    }

    /// Every value of that name, in order.
    public func values(_ name: String) -> [String] {
        let folded = name.lowercased()
        return fields.filter { $0.name == folded }.map(\.value)
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends (RFC 9110 §5.6.3).
    var trimmedOWS: SubSequence {
        func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
        var trimmed = self[...]
        while let first = trimmed.first, isSpace(first) { trimmed.removeFirst() }
        while let last = trimmed.last, isSpace(last) { trimmed.removeLast() }
        return trimmed
    }
}
