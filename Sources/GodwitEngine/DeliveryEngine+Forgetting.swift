import GodwitCore
import GodwitStore
import Logging
import NIOCore
import Synchronization

/// How far a node has come with forgetting old messages.
struct ForgettingPlace {
    /// The key behind which it goes on. What lies before it had to stay.
    var after: Int64 = 0
    /// When it begins again from the first, for what had to stay may have ended since.
    var nextRound = Instant.distantPast
    var isUnderWay = false
    /// Since it was last under way.
    var count = 0
}

extension DeliveryEngine {
    /// What is older than the operator wants to keep. Called once a minute.
    func forgetWhatIsOld() {
        guard let days = settings.retentionDays else { return }
        forgetMessages(before: clock.now + .seconds(-days * 86_400))
        // Not before payloads have gone for sure: what is sent again is counted where it was published.
        let counted = max(days, Limits.payloadRetentionDays.upperBound)
        forgetStatistics(before: (clock.now + .seconds(-counted * 86_400)).minutesSince1970)
    }

    private func forgetMessages(before: Instant) {
        let begins = forgetting.withLock { place in
            guard !place.isUnderWay else { return false }
            if clock.now >= place.nextRound {
                place.after = 0
                place.nextRound = clock.now + .seconds(Limits.forgottenRoundMinutes * 60)
            }
            place.isUnderWay = true
            place.count = 0
            return true
        }
        if begins { forgetNextMessages(before: before) }
    }

    private func forgetNextMessages(before: Instant) {
        let began = NIODeadline.now()
        let command = RetentionCommand.forget(
            before: before, after: forgetting.withLock(\.after), limit: Limits.forgottenMessages)
        submit(.retention(command)) { [self] result in
            switch result {
            case .success(.retention(.forgotten(let count, let upTo, let isLast))):
                forgetting.withLock { place in
                    place.after = upTo
                    place.count += count
                }
                if isLast {
                    endForgetting()
                } else {
                    // As long as the step took: however much is old, the writer has as much time for everything else.
                    let pause = min(NIODeadline.now() - began, .seconds(1))
                    _ = shards[0].eventLoop.scheduleTask(in: pause) { [weak self] in self?.forgetNextMessages(before: before) }
                }
            case .success: endForgetting()
            case .failure(let error):
                logger.warning("messages could not be forgotten yet", metadata: ["error": "\(error)"])
                endForgetting()
            }
        }
    }

    private func endForgetting() {
        let count = forgetting.withLock { place in
            place.isUnderWay = false
            return place.count
        }
        if count > 0 { logger.info("old messages were forgotten", metadata: ["messages": "\(count)"]) }
    }

    private func forgetStatistics(before: Int64) {
        let batch = Limits.statisticsForgotten
        let command = RetentionCommand.forgetStatistics(before: before, limit: batch)
        keepHouse(.retention(command), "statistics could not be forgotten yet") { [self] count in
            if count == batch { forgetStatistics(before: before) }
        }
    }
}
