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
    /// When it may say again that the store is larger than it should be.
    var nextWarning = Instant.distantPast
    var isUnderWay = false
    /// Since it was last under way.
    var count = 0
}

/// Which messages are forgotten, and for how long that goes on.
private struct ForgettingRun {
    let before: Instant
    /// While the store takes more bytes than this; nil: until none is left.
    let limit: Int64?
}

extension DeliveryEngine {
    /// What is older than the operator wants to keep, and what takes more room than the store may. Called once a minute.
    func forgetWhatIsOld() {
        guard settings.retentionDays != nil || settings.storageLimit != nil else { return }
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
        if begins {
            if let days = settings.retentionDays {
                forgetNext(ForgettingRun(before: clock.now + .seconds(-days * 86_400), limit: nil))
            } else {
                makeRoom()
            }
        }
        guard let days = settings.retentionDays else { return }
        // Not before payloads have gone for sure: what is sent again is counted where it was published.
        let counted = max(days, Limits.payloadRetentionDays.upperBound)
        forgetStatistics(before: (clock.now + .seconds(-counted * 86_400)).minutesSince1970)
    }

    private func makeRoom() {
        guard let limit = settings.storageLimit else { return endForgetting() }
        forgetNext(ForgettingRun(before: clock.now + (.zero - Limits.forgottenForRoomAge), limit: limit))
    }

    private func forgetNext(_ run: ForgettingRun) {
        guard let limit = run.limit else { return removeNext(run) }
        Task {
            guard await exceeds(limit) else { return endForgetting() }
            removeNext(run)
        }
    }

    /// False also when the store can't tell.
    private func exceeds(_ limit: Int64) async -> Bool {
        let bytes = try? await read { store throws(StoreError) in try store.storedBytes() ?? 0 }
        return bytes ?? 0 > limit
    }

    private func removeNext(_ run: ForgettingRun) {
        let began = NIODeadline.now()
        let command = RetentionCommand.forget(
            before: run.before, after: forgetting.withLock(\.after),
            limit: run.limit == nil ? Limits.forgottenMessages : Limits.forgottenForRoom)
        submit(.retention(command)) { [self] result in
            switch result {
            case .success(.retention(.forgotten(let count, let upTo, let isLast))):
                forgetting.withLock { place in
                    place.after = upTo
                    place.count += count
                }
                guard isLast else {
                    // As long as the step took: however much is old, the writer has as much time for everything else.
                    let pause = min(NIODeadline.now() - began, .seconds(1))
                    _ = shards[0].eventLoop.scheduleTask(in: pause) { [weak self] in self?.forgetNext(run) }
                    return
                }
                if let limit = run.limit { endMakingRoom(limit) } else { makeRoom() }
            case .success: endForgetting()
            case .failure(let error):
                logger.warning("messages could not be forgotten yet", metadata: ["error": "\(error)"])
                endForgetting()
            }
        }
    }

    private func endMakingRoom(_ limit: Int64) {
        Task {
            if await exceeds(limit), forgetting.withLock({ $0.mayWarn(at: clock.now) }) {
                logger.warning(
                    "the store is larger than its limit, and nothing more may be forgotten",
                    metadata: ["limit": "\(limit) bytes"])
            }
            endForgetting()
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

extension ForgettingPlace {
    fileprivate mutating func mayWarn(at now: Instant) -> Bool {
        guard now >= nextWarning else { return false }
        nextWarning = now + .seconds(3600)
        return true
    }
}
