import GodwitCore
import NIOCore

/// Everything about one endpoint's requests that is the same for each of them, put together once: the first lines with all
/// headers that don't change, and the keyed signer. Every header was validated when it was configured.
struct RequestAssembler {
    let url: WebhookURL
    private let head: [UInt8]
    private let batchFormat: BatchPolicy.Format?
    private var signer: EndpointSigner
    private let namePrefixes: [StaticString]

    init(endpoint: Endpoint, settings: EngineSettings, at now: Instant) throws {
        url = try WebhookURL(endpoint.url)
        batchFormat = endpoint.policy.batch?.format
        namePrefixes = settings.svixHeaders ? ["webhook-", "svix-"] : ["webhook-"]
        signer = try EndpointSigner(endpoint.secrets, at: now)
        var head = "POST \(url.requestTarget) HTTP/1.1\r\nHost: \(url.hostHeader)\r\nAccept: */*\r\n"
        head += "User-Agent: \(settings.userAgent)\r\n"
        for header in endpoint.headers.entries { head += "\(header.key): \(header.value)\r\n" }
        self.head = Array(head.utf8)
    }

    /// - Returns: the whole HTTP/1.1 request of one attempt, signed at `now`.
    mutating func request(for delivery: HeldDelivery, at now: Instant, allocator: ByteBufferAllocator) throws -> ByteBuffer {
        let body = delivery.message.body ?? []
        var buffer = try signedHead(id: delivery.message.id.utf8, body: body, at: now, allocator: allocator)
        buffer.writeHeader("Content-", "Type: ", delivery.message.contentType.utf8)
        buffer.writeHeader("webhook-", "sequence: ", String(delivery.sequence).utf8)
        buffer.writeHeader("webhook-", "attempt: ", String(delivery.attemptNumber).utf8)
        if delivery.machine.trigger == .manual { buffer.writeStaticString("webhook-replay: true\r\n") }
        buffer.finish(with: body)
        return buffer
    }

    /// - Parameter batch: the identifier under which the whole batch is signed.
    mutating func request(
        for deliveries: [HeldDelivery], batch: [UInt8], at now: Instant, allocator: ByteBufferAllocator
    ) throws -> ByteBuffer {
        let body = BatchBody.write(deliveries, as: batchFormat ?? .jsonArray)
        var buffer = try signedHead(id: batch, body: body, at: now, allocator: allocator)
        buffer.writeHeader("Content-", "Type: ", (batchFormat ?? .jsonArray).contentType.utf8)
        buffer.writeHeader("webhook-", "batch: ", String(deliveries.count).utf8)
        buffer.finish(with: body)
        return buffer
    }

    /// All but the headers that tell one kind of request from another, and the end.
    private mutating func signedHead(
        id: [UInt8], body: [UInt8], at now: Instant, allocator: ByteBufferAllocator
    ) throws -> ByteBuffer {
        let signature = try signer.signatures(id: id, body: body, at: now)
        var buffer = allocator.buffer(capacity: head.count + body.count + 320 * namePrefixes.count)
        buffer.writeBytes(head)
        let timestamp = String(now.secondsSince1970)
        for prefix in namePrefixes {
            buffer.writeHeader(prefix, "id: ", id)
            buffer.writeHeader(prefix, "timestamp: ", timestamp.utf8)
            buffer.writeHeader(prefix, "signature: ", signature)
        }
        return buffer
    }

    struct MissingSecret: Error {}
}

extension ByteBuffer {
    fileprivate mutating func writeHeader(_ prefix: StaticString, _ name: StaticString, _ value: some Sequence<UInt8>) {
        writeStaticString(prefix)
        writeStaticString(name)
        writeBytes(value)
        writeStaticString("\r\n")
    }

    fileprivate mutating func finish(with body: [UInt8]) {
        writeHeader("Content-", "Length: ", String(body.count).utf8)
        writeStaticString("\r\n")
        writeBytes(body)
    }
}
