import GodwitCore
import GodwitStore
import Logging
import NIOCore

extension DeliveryEngine {
    /// Looks for expired payloads once a minute for as long as the engine lives; each transaction removes a bounded number.
    func keepExpunging() {
        _ = shards[0].eventLoop.scheduleTask(in: .seconds(Int64(Limits.expungeSeconds))) { [weak self] in
            self?.expungePayloads()
            self?.forgetExpiredTokens()
            self?.keepExpunging()
        }
    }

    private func expungePayloads() {
        let batch = Limits.expungedPayloads
        submit(.expungePayloads(limit: batch)) { [self] result in
            switch result {
            case .success(.count(batch)): expungePayloads()
            case .success: break
            case .failure(let error):
                logger.warning("payloads could not be expunged yet", metadata: ["error": "\(error)"])
            }
        }
    }
}
