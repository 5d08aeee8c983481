public import Hummingbird
public import NIOCore

/// A router's context that knows where a request came from, for receivers that restrict source addresses:
/// `Router(context: WebhookContext.self)`.
public struct WebhookContext: RemoteAddressRequestContext {
    /// Hummingbird's own.
    public var coreContext: CoreRequestContextStorage
    /// The connection's other end.
    public let remoteAddress: SocketAddress?

    /// For the router.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}

extension RequestContext {
    /// Without a port; nil where the context doesn't know it.
    public var remoteIPAddress: String? { (self as? any RemoteAddressRequestContext)?.remoteAddress?.ipAddress }
}
