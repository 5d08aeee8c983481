package import GodwitCore

/// The headers under which a message is read from a feed: those of a push, so that one handler serves both.
package struct PullHeaders {
    private let endpoint: Endpoint
    private let prefixes: [String]
    private var signer: EndpointSigner

    init(of endpoint: Endpoint, settings: EngineSettings, at now: Instant) throws {
        self.endpoint = endpoint
        prefixes = settings.svixHeaders ? ["webhook-", "svix-"] : ["webhook-"]
        signer = try EndpointSigner(endpoint.secrets, at: now)
    }

    /// Signed at `now`, so that the receiver's tolerance holds whenever it reads.
    package mutating func headers(
        for message: Message, body: [UInt8], sequence: Int64, at now: Instant
    ) throws -> [(name: String, value: String)] {
        let id = message.id.utf8
        let signature = String(decoding: try signer.signatures(id: id, body: body, at: now), as: UTF8.self)
        var headers = [(name: "content-type", value: message.contentType)]
        for header in endpoint.headers.entries { headers.append((header.key, header.value)) }
        for prefix in prefixes {
            headers.append((prefix + "id", message.id.description))
            headers.append((prefix + "timestamp", String(now.secondsSince1970)))
            headers.append((prefix + "signature", signature))
        }
        headers.append(("webhook-sequence", String(sequence)))
        headers.append(("webhook-attempt", "1"))
        return headers
    }
}
