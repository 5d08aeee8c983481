public import GodwitReceiver
import HTTPTypes
public import Hummingbird

/// Answers one path with a `WebhookReceiver` or a `GapRepair`; everything else goes on to the next.
///
/// `peer` gives the address of the connection's other end. By default it is that of a `RemoteAddressRequestContext`, such as
/// `WebhookContext`; with another context a receiver that restricts source addresses refuses everything.
public struct WebhookMiddleware<Context: RequestContext>: RouterMiddleware {
    private let path: String
    private let receiver: any WebhookReceiving
    private let peer: @Sendable (Context) -> String?

    /// - Parameter path: `/hooks/billing`, as it stands in the request, without a query.
    public init(
        path: String, receiver: any WebhookReceiving, peer: @escaping @Sendable (Context) -> String? = { $0.remoteIPAddress }
    ) {
        self.path = path.hasPrefix("/") ? path : "/" + path
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
