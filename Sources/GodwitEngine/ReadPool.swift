package import GodwitStore
import NIOPosix

/// Threads on which reads of the store may block.
package final class ReadPool: Sendable {
    private let store: any Store
    private let threads: NIOThreadPool

    package init(store: any Store, threads: Int = 4) {
        self.store = store
        self.threads = NIOThreadPool(numberOfThreads: threads)
        self.threads.start()
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Store) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await threads.runIfActive { [store] in try body(store) }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "the server is shutting down")
        }
    }

    package func stop() async { try? await threads.shutdownGracefully() }
}
