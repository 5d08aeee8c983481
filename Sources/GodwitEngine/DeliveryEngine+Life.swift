import GodwitCore
import GodwitSender
import GodwitStore
import Logging
import NIOCore
import ServiceLifecycle

extension DeliveryEngine: Service {
    /// Returns after a graceful shutdown: attempts on the wire have ended, and everything is written.
    package func run() async throws {
        try? await gracefulShutdown()
        await stop()
    }

    func recover() async throws(StoreError) {
        let catalogue = try await read { store throws(StoreError) in
            (applications: try store.allApplications(), endpoints: try store.allEndpoints())
        }
        for application in catalogue.applications { putApplication(application) }
        for endpoint in catalogue.endpoints { putEndpoint(endpoint) }
        for endpoint in try await read({ store throws(StoreError) in try store.deletedEndpointsWithBacklog() }) {
            await cancelWaiting(endpoint)
        }
        try await recoverBacklog()
        try await recoverAccess()
        try await resumeReplays()
        try await resumeTasks()
    }

    /// In the order of the stream: no new attempts, then the last results, then the store.
    package func stop() async {
        logger.info("draining")
        keeper.retire()
        let drains = shards.map { shard in shard.eventLoop.flatSubmit { shard.drain() } }
        for (shard, drained) in zip(shards, drains) {
            try? await drained.get()
            // What the last attempts left is handed to the writer at the end of the loop's tick; a second turn is after it.
            try? await shard.eventLoop.submit {}.get()
            try? await shard.eventLoop.submit { shard.close() }.get()
        }
        access.close()
        keeper.stop()
        if store.isShared { await leave() }
        committer.stop()
        await reads.stop()
        try? await resolver.shutdown()
        store.close()
        logger.info("stopped")
    }
}
