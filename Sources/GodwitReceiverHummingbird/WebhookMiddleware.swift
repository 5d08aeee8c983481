public import GodwitReceiver
import GodwitSignature
import HTTPTypes
public import Hummingbird
import NIOCore

/// Answers one path with a `WebhookReceiver` or a `GapRepair`; everything else goes on to the next.
///
/// `peer` gives the address of the connection's other end. By default it is that of a `RemoteAddressRequestContext`, such as
/// `WebhookContext`; with another context a receiver that restricts source addresses refuses everything.
public struct WebhookMiddleware<Context: RequestContext>: RouterMiddleware {
    private let path: String
    private let receiver: any WebhookReceiving
    private let peer: @Sendable (Context) -> String?

    /// - Parameter path: as in the request, without a query.
    public init(
        path: String, receiver: any WebhookReceiving, peer: @escaping @Sendable (Context) -> String? = { $0.remoteIPAddress }
    ) {
        self.path = path
        self.receiver = receiver
        self.peer = peer
    }

    /// For the router.
    @concurrent public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard request.uri.path == path else { return try await next(request, context) }
        return try await request.answer(by: receiver, peer: peer(context))
    }
}

extension RouterMethods {
    /// Answers every method of a path with a `WebhookReceiver` or a `GapRepair`: `router.webhook("hooks/stripe", receiver)`.
    @discardableResult
    public func webhook(
        _ path: RouterPath, _ receiver: any WebhookReceiving,
        peer: @escaping @Sendable (Context) -> String? = { $0.remoteIPAddress }
    ) -> Self {
        for method in [HTTPRequest.Method.post, .put, .get, .head, .options] {
            on(path, method: method) { request, context in
                try await request.answer(by: receiver, peer: peer(context))
            }
        }
        return self
    }
}

extension Request {
    /// The whole adapter: request in, response out.
    fileprivate func answer(by receiver: any WebhookReceiving, peer: String?) async throws -> Response {
        var webhook = WebhookRequest(method: method.rawValue, url: uri.string, headers: WebhookHeaders(), body: [])
        for field in headers { webhook.headers.append(field.name.rawName, field.value) }
        for try await part in body {
            // One byte more than allowed is enough for the receiver's 413.
            webhook.body.append(contentsOf: part.readableBytesView.prefix(receiver.maxBodyBytes + 1 - webhook.body.count))
            if webhook.body.count > receiver.maxBodyBytes { break }
        }
        let answer = await receiver.receive(webhook, peer: peer)
        var fields = HTTPFields()
        for field in answer.headers {
            guard let name = HTTPField.Name(field.name) else { continue }
            fields.append(HTTPField(name: name, value: field.value))
        }
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
