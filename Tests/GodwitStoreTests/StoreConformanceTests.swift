import GodwitSQLite
import GodwitSimulation
import GodwitTestKit
import Testing

#if Postgres
import GodwitPostgres
#endif

/// The conformance suite over every store.
@Suite("A store")
struct StoreConformanceTests {
    typealias Promise = @Sendable (StoreFactory) throws -> Void

    static let catalog: [(String, Promise)] = [
        ("registers applications", StoreConformance.applicationsAreRegistered),
        ("registers endpoints", StoreConformance.endpointsAreRegistered),
        ("registers event types", StoreConformance.eventTypesAreRegistered),
        ("keeps uids unique until they are freed by deletion", StoreConformance.uidsAreUniqueUntilDeleted),
        ("hides what was deleted", StoreConformance.deletedThingsAreInvisible),
        ("undoes a refused command alone", StoreConformance.refusalUndoesItselfAlone),
        ("pages through what is registered, in both directions", StoreConformance.catalogListsHavePages),
        ("keeps a setting's first value", StoreConformance.settingsAreKept),
        ("counts everything in its greatest key", StoreConformance.greatestKeyCountsEverything),
        ("keeps policies, rate limits and how endpoints fail", StoreConformance.policiesAreKept),
        ("knows what an endpoint wanted at any moment", StoreConformance.pastSubscriptionsAreKept),
        ("forgets what an endpoint wanted past its bound", StoreConformance.pastSubscriptionsAreBounded),
    ]

    static let messages: [(String, Promise)] = [
        ("stores messages as given", StoreConformance.messagesAreStoredAsGiven),
        ("expunges payloads when they have expired", StoreConformance.expiredPayloadsAreExpunged),
        ("begins deliveries as given", StoreConformance.deliveriesBeginAsGiven),
        ("numbers deliveries without a gap, through failures and restarts", StoreConformance.sequencesHaveNoGaps),
        ("keeps nothing of a batch that failed", StoreConformance.failedBatchLeavesNothing),
        ("keeps event ids unique in an application", StoreConformance.eventIDsAreUnique),
        ("ends a page of messages at its size", StoreConformance.messagePagesEndAtTheirSize),
        ("pages through messages with filters", StoreConformance.messageListsHavePagesAndFilters),
        ("cancels all of a message that has not ended", StoreConformance.messagesAreCancelled),
        ("expunges messages and answers", StoreConformance.contentIsExpunged),
        ("pages through an endpoint's messages with filters", StoreConformance.endpointMessagesHavePagesAndFilters),
        ("ends a page where it has looked at enough", StoreConformance.listsLookAtBoundedManyRows),
        ("forgets old messages that have ended, with all that belongs to them", StoreConformance.oldMessagesAreForgotten),
        ("frees the event ids of what it forgets at once", StoreConformance.eventIDsAreFreeAtOnce),
        ("keeps old messages that have not ended", StoreConformance.unfinishedMessagesAreKept),
        ("forgets step by step", StoreConformance.forgettingGoesStepByStep),
        ("forgets old statistics", StoreConformance.oldStatisticsAreForgotten),
        ("lets consumers pass what is forgotten", StoreConformance.consumersPassWhatIsForgotten),
    ]

    static let batches: [(String, Promise)] = [
        ("carries out a batch in its order", StoreConformance.batchesAreInOrder),
        ("writes large batches as given", StoreConformance.largeBatchesAreWhole),
        ("knows within a batch what came before", StoreConformance.publishesOfOneBatchKnowEachOther),
        ("undoes a batch with a mistake in its middle", StoreConformance.mistakesUndoTheirWholeBatch),
    ]

    static let idempotency: [(String, Promise)] = [
        ("answers a repeated publish with the first message", StoreConformance.idempotencyKeysRepeatPublishes),
        ("leaves the key of a refused publish unused", StoreConformance.refusedPublishDoesNotUseItsKey),
        ("forgets a key after its age", StoreConformance.idempotencyKeysExpire),
        ("forgets the oldest keys past its bound", StoreConformance.oldestIdempotencyKeysAreForgotten),
        ("remembers the first response", StoreConformance.responsesAreRemembered),
    ]

    static let deliveries: [(String, Promise)] = [
        ("moves a delivery under its lease only, and once", StoreConformance.movesAreGuarded),
        ("keeps a late result from undoing a new claim", StoreConformance.lateResultDoesNotUndoNewClaim),
        ("claims what is due, oldest first", StoreConformance.claimsTakeWhatIsDue),
        ("cancels what has no payload left", StoreConformance.claimsCancelWhatHasNoPayload),
        ("claims exactly what the state machine calls claimable", StoreConformance.claimsEqualTheStateMachine),
        ("hands what a former life held to the next", StoreConformance.newLifeTakesOver),
        ("makes a resent delivery due", StoreConformance.resendMakesDue),
        ("cancels the backlog of a deleted endpoint in bounded steps", StoreConformance.deletedEndpointsBacklogIsCancelled),
        ("stores attempts as given", StoreConformance.attemptsAreStoredAsGiven),
        ("pages through attempts with filters", StoreConformance.attemptListsHavePagesAndFilters),
        ("pages through dead letters", StoreConformance.deadLettersAreListed),
        ("delivers what a consumer of a pull endpoint acknowledges", StoreConformance.acknowledgedPullsAreDelivered),
    ]

    static let lines: [(String, Promise)] = [
        ("claims lines from their heads", StoreConformance.linesAreClaimedFromTheirHeads),
        ("takes lines in turn", StoreConformance.linesTakeTurns),
        ("claims nothing of a line that is held up", StoreConformance.heldUpLinesGiveNothing),
        ("lets those behind a released dead letter pass", StoreConformance.deadLettersAreReleased),
        ("cancels in a line what has expired", StoreConformance.expiredDeliveriesLeaveTheirLine),
        ("bounds what it claims of one line", StoreConformance.claimsOfOneLineAreBounded),
        ("bounds the lines of a claim", StoreConformance.claimsOfManyLinesAreBounded),
        ("looks ahead over lines that are held up, within bounds", StoreConformance.linesAreLookedAheadWithinBounds),
        ("ends a claim in lines at its size", StoreConformance.claimsInLinesEndAtTheirSize),
        ("cancels the backlog in lines of a deleted endpoint", StoreConformance.backlogInLinesIsCancelled),
        ("keeps the order of lines whatever happens", StoreConformance.linesKeepTheirOrder),
    ]

    static let replays: [(String, Promise)] = [
        ("replays what its rules select", StoreConformance.replaysSelectByRules),
        ("never replays what was withdrawn", StoreConformance.withdrawnMessagesAreNotReplayed),
        ("filters what is replayed", StoreConformance.replaysFilterMessages),
        ("replays step by step, in order", StoreConformance.replaysGoStepByStep),
        ("bounds the messages that a step looks at", StoreConformance.replaysLookAtBoundedManyMessages),
        ("pauses and cancels replays", StoreConformance.replaysArePausedAndCancelled),
        ("lists replays, and bounds those under way", StoreConformance.replaysAreListedAndBounded),
        ("numbers what is replayed without a gap", StoreConformance.replaysLeaveNoGaps),
    ]

    static let tasks: [(String, Promise)] = [
        ("counts deliveries and attempts as they move", StoreConformance.statisticsFollowDeliveries),
        ("folds old statistics into hours", StoreConformance.oldStatisticsAreFolded),
        ("keeps tasks, and bounds those that run", StoreConformance.tasksAreKeptAndBounded),
        ("purges an application step by step", StoreConformance.contentIsPurgedStepByStep),
        ("counts applications and what they listen to", StoreConformance.applicationsAreCounted),
    ]

    static let access: [(String, Promise)] = [
        ("keeps tokens", StoreConformance.tokensAreKept),
        ("ends a token once, at the soonest", StoreConformance.tokensOfOneRevocationEndOnce),
        ("keeps what ends many tokens while it matters", StoreConformance.cutoffsAreKeptWhileTheyMatter),
        ("bounds the ends that are to come", StoreConformance.pendingExpiriesAreBounded),
        ("retires signing keys", StoreConformance.signingKeysRetire),
        ("forgets tokens that have expired", StoreConformance.expiredTokensAreForgotten),
        ("registers integrations", StoreConformance.integrationsAreRegistered),
    ]

    static let nodes: [(String, Promise)] = [
        ("gives each life a lease of its own", StoreConformance.leasesAreNeverGivenTwice),
        ("knows who is alive", StoreConformance.nodesAreKnown),
        ("puts nothing into the hands of a node that was given up", StoreConformance.lostNodesGetNothing),
        ("takes over what a lost node held, step by step", StoreConformance.lostNodesAreTakenOver),
        ("tells nodes of what was changed", StoreConformance.changesAreTold),
        ("tells nodes of what was withdrawn", StoreConformance.withdrawalsAreTold),
        ("reads changes in bounded steps, and forgets old ones", StoreConformance.changesAreBounded),
        ("keeps one note for each endpoint until it was heard", StoreConformance.wakesAreKeptUntilHeard),
        ("tells what nodes learn", StoreConformance.whatNodesLearnIsTold),
        ("knows the heads of feeds", StoreConformance.feedHeadsAreKnown),
        ("cancels nothing of an endpoint that is registered", StoreConformance.registeredEndpointsAreNotCancelled),
    ]

    static let groups: [[(String, Promise)]] = [
        nodes, catalog, messages, batches, idempotency, deliveries, lines, replays, tasks, access,
    ]

    static let cases: [PromiseCase] = TestedStore.allCases.flatMap { store in
        groups.joined().map { PromiseCase(store: store, sentence: $0.0, check: $0.1) }
    }

    struct PromiseCase: Sendable, CustomTestStringConvertible {
        let store: TestedStore
        let sentence: String
        let check: Promise

        var testDescription: String { "\(store.rawValue) \(sentence)" }
    }

    @Test("keeps a promise", arguments: cases)
    func keeps(_ promise: PromiseCase) throws {
        let folder = try TemporaryFolder()
        try promise.check(promise.store.factory(in: folder))
    }

    @Test("on SQLite answers as the model does", arguments: 1...40 as ClosedRange<UInt64>)
    func answersAsTheModel(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let sqlite = try SQLiteStore.open(path: folder.file(), exclusive: true, idempotencyKeys: 20)
        defer { sqlite.close() }
        var comparison = StoreComparison(sqlite, ModelStore(idempotencyKeys: 20), seed: seed)
        try comparison.run(batches: 60)
    }

    #if Postgres
    @Test("on PostgreSQL answers as the model does", arguments: 1...10 as ClosedRange<UInt64>)
    func postgresAnswersAsTheModel(seed: UInt64) throws {
        let postgres = try PostgresStore.open(address: try TestDatabases.create(), exclusive: true, idempotencyKeys: 20)
        defer { postgres.close() }
        var comparison = StoreComparison(postgres, ModelStore(idempotencyKeys: 20), seed: seed)
        try comparison.run(batches: 60)
    }
    #endif
}
