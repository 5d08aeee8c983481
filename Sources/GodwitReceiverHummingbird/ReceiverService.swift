public import ServiceLifecycle

/// Work that goes on beside the server, as a service: it ends when the server is asked to stop.
///
/// ```swift
/// var app = Application(router: router)
/// app.addServices(ReceiverService { try await repair.run() }, ReceiverService { try await inbox.run() })
/// ```
public struct ReceiverService: Service {
    private let work: @Sendable () async throws -> Void

    /// - Parameter work: ends when its task is cancelled.
    public init(_ work: @escaping @Sendable () async throws -> Void) { self.work = work }

    /// Until the work ends, or the server is asked to stop.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown(work)
        } catch is CancellationError {}
    }
}
