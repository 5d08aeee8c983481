import GodwitCore
import GodwitStore
import Logging
import NIOCore

extension DeliveryEngine {
    func recoverAccess() async throws(StoreError) {
        access.put(try await read { store throws(StoreError) in try store.allIntegrations() })
        try await refreshAccess()
    }

    /// Looks for what commands beside this process have revoked, for as long as the engine lives.
    func keepAccessCurrent(after delay: TimeAmount = .milliseconds(Limits.accessPollMilliseconds)) {
        _ = shards[0].eventLoop.scheduleTask(in: delay) { [weak self] in
            guard let self, !access.isClosed else { return }
            Task {
                do throws(StoreError) {
                    try await self.refreshAccess()
                    self.keepAccessCurrent()
                } catch {
                    guard !self.access.isClosed else { return }
                    self.logger.warning("revocations could not be read", metadata: ["error": "\(error)"])
                    self.keepAccessCurrent(after: .seconds(5))
                }
            }
        }
    }

    private func refreshAccess() async throws(StoreError) {
        let number = access.number
        let (revocations, keys) = try await read { store throws(StoreError) in
            (try store.revocations(after: number), try store.signingKeys())
        }
        access.apply(revocations, keys, at: clock.now)
    }

    func forgetExpiredTokens() {
        let batch = Limits.tokensForgotten
        submit(.token(.forgetExpired(limit: batch))) { [self] result in
            switch result {
            case .success(.token(.count(batch))): forgetExpiredTokens()
            case .success: break
            case .failure(let error):
                logger.warning("expired tokens could not be removed yet", metadata: ["error": "\(error)"])
            }
        }
    }
}
