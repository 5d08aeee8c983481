// Long because every bound of the system stands in one place, where they can be compared.
/// Every bound of the system, with its unit and what happens past it.
package enum Limits {
    // MARK: Requests to our API

    /// Bytes of a request body. Past it: 413 that names this number.
    package static let requestBodyBytes = 1 << 20
    /// Items on one page of a list. Past it: 422.
    package static let pageItems = 250
    package static let pageItemsDefault = 50
    /// Payload bytes after which a page of messages ends early, with more to come.
    package static let pagePayloadBytes = 8 << 20
    /// Nesting of a JSON request. Past it: 422; a parser without this bound can be made to overflow its stack.
    package static let jsonDepth = 128
    /// Members of one object and items of one array in a request's body; payloads are not looked into. Past it: 422.
    package static let requestItems = 1000
    /// Applications that one request for a filtered list looks at. Past it: the page ends there, and the list goes on behind it.
    package static let applicationsExamined = 5000
    /// Errors that one answer lists. Past it: the rest isn't listed, so that a small request can't have a huge answer.
    package static let requestErrors = 100

    // MARK: Fields

    /// Characters of a uid, event id, event type or idempotency key. Past it: 422.
    package static let nameCharacters = 256
    package static let channelCharacters = 128
    /// Channels of one message, or of one endpoint's filter. Past it: 422.
    package static let channels = 10
    /// Bytes of an application's or endpoint's metadata in JSON. Past it: 422.
    package static let metadataBytes = 4096
    /// Bytes of a registered URL. Past it: 422.
    package static let urlBytes = 4096
    /// Bytes of one custom header's value. Past it: 422.
    package static let headerValueBytes = 4096
    /// Custom headers of one endpoint. Past it: 422.
    package static let customHeaders = 50

    // MARK: Receivers' answers

    /// Bytes of a response body that are kept with the attempt, unless configured otherwise; the rest is read and dropped.
    package static let responseBodyBytesKept = 16 * 1024
    /// The most that can be configured. Past it: refused; the sender itself keeps no more, whatever it is asked for.
    package static let responseBodyBytesKeptMax = 64 * 1024
    /// Bytes of a response body that are read at all. Past it: the connection is closed, the attempt is `response_too_large`.
    package static let responseBodyBytesRead = 1 << 20
    /// Bytes of a response's header section. Past it: the connection is closed, the attempt is `malformed_response`.
    package static let responseHeaderBytes = 64 * 1024
    /// Characters of a failure's text. Past it: cut.
    package static let failureDetailCharacters = 300
}

extension Limits {
    // MARK: Delivery

    /// Waits of a retry schedule. Past it: the setting is refused.
    package static let retries = 100
    /// Deliveries of one endpoint that a node holds in memory. Past it: they wait in the store.
    package static let heldDeliveriesPerEndpoint = 1024
    /// Payload bytes that one engine shard holds in memory. Past it: deliveries wait in the store, but an endpoint that holds
    /// nothing may hold one, until it is twice as much.
    package static let heldPayloadBytes = 64 << 20
    /// Payload bytes of one endpoint's deliveries in memory. Past it: they wait in the store.
    package static let heldPayloadBytesPerEndpoint = 8 << 20
    /// Payload bytes after which one claim takes no further delivery.
    package static let claimedPayloadBytes = 4 << 20
    /// Requests of one shard on the wire at a time. Past it: deliveries queue in memory, but an endpoint that has none on the
    /// wire may have one, until it is twice as many.
    package static let requestsInFlight = 1024
    /// Requests to one endpoint on the wire at a time, unless configured otherwise.
    package static let requestsInFlightPerEndpoint = 64
    /// Requests to one host and port on the wire at a time, for one process, unless configured otherwise.
    package static let requestsInFlightPerHost = 1024
    /// Permits that a shard asks for at once, for an application with a rate limit.
    package static let permitsAsked = 32
    /// How long an endpoint must do nothing but fail before that is written down.
    package static let failingNoted: Duration = .seconds(60)
    /// What is over sooner is not told to other nodes.
    package static let newsSpan: Duration = .seconds(1)
    /// Deliveries that one claim takes from the store.
    package static let claimedDeliveries = 256
}

extension Limits {
    // MARK: Delivery policies

    /// Rules of one response contract. Past it: 422.
    package static let statusRules = 50
    /// Attempts of an exponential retry policy. Past it: 422.
    package static let retryAttempts = 1...(retries + 1)
    /// Factor of an exponential retry policy. Outside: 422.
    package static let retryFactor = 1.0...10.0
    /// One wait of a retry policy, and its greatest age. Past it: 422.
    package static let retryWait: Duration = .seconds(365 * 86_400)
    /// Event types with a retry policy of their own, for one endpoint. Past it: 422.
    package static let retryEventTypes = 100
    /// Waits of the schedule ahead that one answer shows. Past it: the rest isn't shown.
    package static let scheduleShown = 20
    /// Bytes of a JSON pointer. Past it: 422.
    package static let pointerBytes = 256
    /// Attempts after which the head of a line may leave it. Outside: 422.
    package static let skipAfterAttempts = 1...100
    /// Messages of one batch, and how long the first of them may wait. Outside: 422.
    package static let batchMessages = 2...1000
    package static let batchWait: ClosedRange<Duration> = .milliseconds(0)...Duration.seconds(60)
    /// Payload bytes of one batch. Past it: the batch is sent with what it has; one message always fits.
    package static let batchBytes = 1 << 20
    /// Requests in a span, or at a time, of a rate limit. Outside: 422.
    package static let rate = 1...1_000_000
    /// Failures in a row that open a breaker, and how long it is open. Outside: 422.
    package static let breakerFailures = 1...100_000
    package static let breakerPause: ClosedRange<Duration> = .milliseconds(10)...Duration.seconds(3600)
    /// The span of nothing but failure after which an endpoint is disabled. Outside: 422.
    package static let disableAfter: ClosedRange<Duration> = .seconds(60)...Duration.seconds(365 * 86_400)
    /// An endpoint's own timeouts. Outside: 422.
    package static let timeout: ClosedRange<Duration> = .milliseconds(50)...Duration.seconds(300)
    /// How far ahead a delivery may be scheduled, and its expiry lie. Past it: 422.
    package static let scheduledAhead: Duration = .seconds(365 * 86_400)

    /// `throttleRate` of endpoints and applications, which SDKs read as 16 bits. Outside: 422.
    package static let throttleRate = 1...65_535
    /// Bytes of a message's `orderingKey`. Outside: 422.
    package static let orderingKeyBytes = 1...256

    // MARK: Lines

    /// Lines that one claim looks at. Past it: the next claim goes on with the lines behind.
    package static let linesPerClaim = 256
    /// Deliveries of one line that one claim takes: they are sent one after the other, and given back when one of them fails.
    package static let claimedPerLine = 32
    /// Further lines whose heads a claim looks at when it knows of nothing else that is due. Past it: the next claim goes on with
    /// the lines behind, after a pause, so that very many lines that are held up don't keep the writer busy.
    package static let linesLookedAhead = 4096
    package static let linesPause: Duration = .seconds(1)

    // MARK: Replays

    /// Replays of one endpoint that are under way at a time. Past it: 409.
    package static let replaysPerEndpoint = 5
    /// Deliveries of a replay that one transaction makes due. More would hold up the writer.
    package static let replayedPerStep = 200
    /// Messages, or dead letters, that one step of a replay looks at. Past it: the next step goes on behind them.
    package static let replayScan = 10_000
    /// Messages per second of a replay that has a pace. Outside: 422.
    package static let replayPace = 1...10_000
    /// Messages that a plan of a replay counts. Past it: the answer says that there are more.
    package static let replayCounted = 1_000_000
    /// Messages that a dry run looks at. Past it: the answer says from where on it looked.
    package static let dryRunMessages = 100_000
    /// Days that a dry run looks back. Outside: 422.
    package static let dryRunDays = 1...90
    package static let dryRunDaysDefault = 7
    /// Messages that a dry run names. Past it: they are only counted.
    package static let dryRunSample = 20
}

extension Limits {
    // MARK: Writing

    /// Commands of one transaction. More would let the first wait too long for its answer.
    package static let transactionCommands = 1024
    /// Publishes that wait to be committed. Past it: 429 with `Retry-After: 1`, and nothing was stored.
    package static let queuedPublishes = 20_000
    /// Bytes of payload that wait to be committed. Past it: as above.
    package static let queuedPublishBytes = 64 << 20
    /// Payloads that one transaction expunges, and the seconds between two looks at what has expired.
    package static let expungedPayloads = 500
    package static let expungeSeconds = 60
    /// Seconds after the start when that is done first.
    package static let expungeFirstSeconds = 5
    /// Messages that one transaction forgets, and that it looks at for that.
    package static let forgottenMessages = 250
    package static let forgottenScan = 2000
    /// Deliveries and attempts of what one transaction forgets. Past it: the rest is left to the next one; a message goes as a whole.
    package static let forgottenRows = 20_000
    /// For how long the deliveries of a message must have ended, so that no late result comes for what is gone.
    package static let forgottenAfterEnd: Duration = .seconds(600)
    /// Minutes after which messages that had to stay are looked at again.
    package static let forgottenRoundMinutes = 60
    /// Messages that one transaction forgets to make room, and how old they are at the least.
    package static let forgottenForRoom = 100
    package static let forgottenForRoomAge: Duration = .seconds(86_400)
    /// Counters of hours that one transaction forgets.
    package static let statisticsForgotten = 1000
    /// Idempotency keys that are remembered, and for how long. The oldest are forgotten first.
    package static let idempotencyKeys = 500_000
    package static let idempotencyAge: Duration = .seconds(12 * 3600)
}

extension Limits {
    // MARK: Nodes

    /// Nodes over one store at a time. Past it: a further one does not start.
    package static let nodes = 1024
    /// How often a node renews its lease.
    package static let nodeRenewal: Duration = .seconds(2)
    /// For how long a node may be silent. Past it: it sends nothing, the others take it for dead, and take over what it held.
    package static let nodeSilence: Duration = .seconds(10)
    /// Nodes that take over from one that died: the eldest. Should all of them have died too, any other does, one renewal later.
    package static let nodesTakingOver = 3
    /// For how long a node that is silent may send what it alone may send, and for how long one that joins leaves that alone.
    package static let nodeHandover: Duration = .seconds(5)
    /// By how much a node's clock may differ from its store's. Past it: it says so when it starts. The store's counts anyhow.
    package static let clockDifference: Duration = .seconds(5)
    /// How often a node looks for what others have done, unless it is told of it before, in milliseconds.
    package static let nodeLookMilliseconds = 250
    /// The least time between two looks, in milliseconds, however often a node is told.
    package static let nodeLookPauseMilliseconds = 10
    /// How often a node looks whether feeds that are waited for have grown, and for replays and tasks that others began, in
    /// milliseconds.
    package static let nodePollMilliseconds = 500
    /// Changes that one look reads. Past it: the next one follows at once.
    package static let changesRead = 500
    /// How often a transaction is tried that another node was in the way of. Past it: it fails, as when the store can't be reached.
    package static let contendedAttempts = 5
    /// For how long changes are kept: longer than any node is believed alive that hasn't read them.
    package static let changesKept: Duration = .seconds(600)
    /// Changes that one transaction forgets.
    package static let changesForgotten = 1000
    /// Deliveries of a lost node that one transaction makes waiting again. More would hold up the writer.
    package static let takenOverPerStep = 1000
    /// Endpoints with something to deliver that one look reads, of those that others left a note for.
    package static let wakesRead = 1000
}

extension Limits {
    // MARK: Sending

    /// Interim (1xx) responses before the final one. Past it: the connection is closed, the attempt is `malformed_response`.
    package static let interimResponses = 16
    /// Bytes on the wire for one response, chunk framing included. Past it: as for `responseBodyBytesRead`.
    package static let responseWireBytes = responseHeaderBytes + 2 * responseBodyBytesRead
    /// Addresses of one name that are tried. Past it: the rest is ignored.
    package static let addressesTried = 8
    /// Threads that may wait for the system's resolver at a time, for names that are new or failed last time. Past it: they queue.
    package static let lookupThreads = 12
    /// Further threads, only for names that resolved before: names that hang can't hold these up.
    package static let lookupThreadsForKnownNames = 4
    /// Names that wait for a look-up. Past it: the attempt fails with `name_not_resolved`, and is retried later like any other.
    package static let lookupsWaiting = 4096
    /// Names whose addresses are remembered. Past it: the oldest tenth is forgotten.
    package static let namesRemembered = 10_000
    /// Concurrent streams of one HTTP/2 connection, if the receiver permits as many. Past it: a further connection.
    package static let streamsPerConnection = 100
    /// HTTP/2 connections of one sender to one origin. Past it: attempts wait for a stream, within their time to connect.
    package static let streamConnectionsPerOrigin = 8
    /// GOAWAY frames on one connection; two make an orderly end. Past it: the connection is closed, the attempt is
    /// `malformed_response`.
    package static let goAwayFrames = 8
    /// Bytes that a receiver may send ahead of our window updates, on one HTTP/2 connection and on one of its streams. The
    /// stream's window is never widened: past it the response is too large anyway.
    package static let connectionWindowBytes = 8 << 20
    package static let streamWindowBytes = responseBodyBytesRead + (64 << 10)
    /// Origins of which we remember which protocol they chose. Past it: all are forgotten, and learned again.
    package static let protocolsRemembered = 10_000
    /// Bytes of a proxy's answer. Past it: the connection is closed, the attempt is `proxy_failed`.
    package static let proxyAnswerBytes = 16 * 1024
    /// Bytes of a proxy's URL, and of the list of targets that are reached without it. Past it: refused.
    package static let proxyTextBytes = 4096
    package static let noProxyTextBytes = 16 * 1024
    /// Kept-alive connections of one sender that wait for work, to one target and in all. Past it: the oldest are closed.
    package static let idleConnectionsPerTarget = 64
    package static let idleConnections = 1024
}

extension Limits {
    // MARK: The store on PostgreSQL

    /// For connecting, and for one answer of the database. Past it: the connection is given up, and the store is unavailable.
    package static let databasePatience: Duration = .seconds(15)
    /// How long a transaction waits for a row that another one has locked. Past it: it fails as a whole.
    package static let databaseLockWait: Duration = .seconds(10)
    /// Between two trials to reach a database that can't be reached: doubled each time up to the second. Meanwhile the store is
    /// unavailable at once.
    package static let databaseRetryWait: Duration = .milliseconds(50)
    package static let databaseRetryWaitMax: Duration = .seconds(1)
    /// For connecting to a replica, and for one answer of it. Past it: the list is read from the primary.
    package static let replicaPatience: Duration = .seconds(2)
    /// How long a list waits for a replica to have what was committed before; it looks after the second span, then after twice as
    /// long each time. Past it: the list is read from the primary.
    package static let replicaLag: Duration = .milliseconds(100)
    package static let replicaLook: Duration = .milliseconds(2)
    /// How long the replica isn't asked after it was behind, or failed.
    package static let replicaPause: Duration = .seconds(1)
    /// For bringing the tables up to date. Past it: the server doesn't start, and the tables are as they were.
    package static let databaseMigrationPatience: Duration = .seconds(4 * 3600)
    /// Statements, and bytes of what they carry, that are sent before their answers are read. Past it: the answers are awaited.
    package static let pipelinedStatements = 4096
    package static let pipelinedBytes = 16 << 20
    /// Rows that one statement writes, or looks for, and bytes of them. Past either: a further statement.
    package static let batchedRows = 1000
    package static let batchedBytes = 4 << 20
    /// How long a server waits for a move of its database, or a move for the servers, to let go of it. Past it: it doesn't start.
    package static let storeLockPatience: Duration = .seconds(5)
    /// How long a node may stop in the middle of a transaction, in which others may wait for it. Past it: the database undoes it.
    package static let databaseIdleTransaction: Duration = .seconds(5)
    /// How long a change of ranges waits for a whole table, while others wait behind it. Past it: the change is tried again a minute
    /// later. Shorter than the time after which the database looks for a deadlock, so that others go on and this gives way.
    package static let partitionLockWait: Duration = .milliseconds(500)
    /// Event ids of dropped messages that one transaction removes; what is left goes a minute later.
    package static let forgottenEventIDs: Int64 = 20_000
    /// Messages that are read at once, behind a list of deliveries.
    package static let messagesReadAtOnce = 32
}

extension Limits {
    // MARK: Moving a store into another database

    /// Rows, and bytes of them, that are read at once and written in one transaction. Past either: the next transaction.
    package static let movedRows = 1000
    package static let movedBytes = 8 << 20
}

extension Limits {
    // MARK: The embedded store

    /// Connections that read beside the one that writes. Past it: reads wait for each other.
    package static let storeReaders = 4
    /// Bytes of pages that the writing connection keeps in memory, and each reading one. Past it: pages come from the system's cache.
    package static let storeWriterCacheBytes = 16 << 20
    package static let storeReaderCacheBytes = 2 << 20
    /// Pages of the write-ahead log after which it is moved into the database. Fewer stall the writer more often, more for longer.
    package static let storeCheckpointPages = 4000
    /// Bytes to which the write-ahead log is cut after it has been moved into the database.
    package static let storeLogBytesKept = 64 << 20
    /// How long a statement waits for another process, such as a backup, to release the database. Past it: the batch fails.
    package static let storeBusyWait: Duration = .seconds(5)
    /// What an endpoint formerly wanted, kept for explanations. Past it: the oldest is forgotten.
    package static let formerSubscriptions = 1000
    /// Deliveries of a former life that one transaction makes waiting again. More would make the log grow without bound.
    package static let takenOverDeliveries = 10_000
}

extension Limits {
    // MARK: The benchmark

    /// Connections, endpoints, publishes per second and duration that `godwit bench` takes. Past it: the option is refused.
    package static let benchmarkConnections = 4096
    package static let benchmarkEndpoints = 64
    package static let benchmarkRate = 1_000_000
    package static let benchmarkDuration: Duration = .seconds(3600)
    /// Applications and endpoints of the runs that look at many. Past it: the option is refused.
    package static let benchmarkApplications = 1000
    package static let benchmarkManyEndpoints = 2000
    /// Percent of the endpoints that hang, and how long a request may then take. Outside: the option is refused.
    package static let benchmarkHangingPercent = 1...90
    package static let benchmarkRequestTimeout: ClosedRange<Duration> = .milliseconds(100)...Duration.seconds(60)
    /// Retries of a backlog. Outside: the option is refused.
    package static let benchmarkRetries = 100...10_000_000
    /// Seconds for which retries are made to wait so that all of them are due together. Past it: they wait no longer, and the
    /// run says that fewer were waiting.
    package static let benchmarkRetryWait = 3...7200
    /// Resident bytes of a server that drains a backlog: what its lanes may hold, the database's caches, the program, and room.
    /// Past it: the run says that memory isn't bounded.
    package static let benchmarkBacklogBytes = 512 << 20
    /// Messages in the store whose lists or throughput are measured, and requests for each list. Outside: the option is refused.
    package static let benchmarkStoredMessages = 1000...10_000_000
    package static let benchmarkListRequests = 20...100_000
    /// Servers that share a database in one run, how many such numbers of servers one command takes, and how often it measures each.
    /// Past it: the option is refused.
    package static let benchmarkNodes = 1...64
    package static let benchmarkNodeCounts = 8
    package static let benchmarkRounds = 1...20
    /// Events of one run, one bit of memory each at both ends and endpoint. Past it: the option is refused, the load ends.
    package static let benchmarkEvents = 500_000_000
    /// Bytes of an event's payload; fewer don't hold the fields that the sink reads, more don't fit a request. Else: refused.
    package static let benchmarkPayloadBytes = 160...(512 * 1024)
    /// Bytes of the head of a request or an answer. Past it: the run fails.
    package static let benchmarkHeadBytes = 16 * 1024
    /// Bytes of the body of an answer to a publish. Past it: the run fails.
    package static let benchmarkAnswerBytes = 1 << 20
    /// How long nothing may arrive while deliveries are missing. Past it: they count as lost.
    package static let benchmarkSilence: Duration = .seconds(20)
    /// How long the last publishes may stay without an answer. Past it: they count as unanswered.
    package static let benchmarkLastAnswers: Duration = .seconds(20)
    /// How long after the end of a paced load publishes that were due before may still be sent. Past it: they count as never sent.
    package static let benchmarkLateness: Duration = .seconds(1)
    /// Connections in a row that fail to open. Past it: the run fails, for the server is gone.
    package static let benchmarkFailedConnects = 20
}

extension Limits {
    // MARK: Connections to our API

    /// Connections that are served at a time. Past it: new ones wait to be accepted.
    package static let connections = 4096
    /// Bytes of request bodies that all connections together hold. Past it: 429 with `Retry-After: 1`.
    package static let requestBodyBytesHeld = 128 << 20
    /// Seconds that a connection may be open without a request. Past it: it is closed.
    package static let connectionIdleSeconds = 75
    /// Seconds in which a request must arrive, from its head to its end. Past it: 408, and the connection is closed.
    package static let requestReadSeconds = 30
    /// Seconds that the rest of a refused request is read, so that the refusal reaches the client. Past it: the connection is closed.
    package static let lingerSeconds = 2
    /// Bytes of a request's header section. Past it: 400, and the connection is closed.
    package static let requestHeaderBytes = 64 * 1024
    /// Fields of a query that are looked at. The rest is ignored.
    package static let queryFields = 100

    // MARK: Tokens

    /// Bytes of a bearer token. Past it: 401.
    package static let tokenBytes = 8 * 1024
    /// Verified tokens that are remembered. Past it: one is forgotten, and verified again when it comes back.
    package static let tokensRemembered = 10_000
    /// By how much the clock of who made a token may be ahead of ours.
    package static let clockSkewSeconds = 60
    /// For how long a token of the application portal is good: seconds that may be asked for. Outside: 422.
    package static let portalTokenSeconds = 3600...604_800
    package static let portalTokenLifetime: Duration = .seconds(604_800)
    /// For how long any other token may be good, in seconds. Outside: 422.
    package static let tokenSeconds = 1...(10 * 365 * 86_400)
    /// Seconds for which tokens may go on after they were made to expire. Outside: 422.
    package static let tokenExpirySeconds = 0...259_200
    /// Sessions that one request may end. Past it: 422.
    package static let sessions = 1000
    /// Characters of a session's name. Past it: 422.
    package static let sessionCharacters = 64
    /// Feature flags of one token, integration or event type. Past it: 422.
    package static let featureFlags = 25
    /// Revocations of one organization that are kept in memory until what they end has expired. Past it: 400; to end all of the
    /// organization's tokens at once is always possible.
    package static let revocations = 100_000
    /// Moments at which tokens of one application, or session, are still to end. Past it: 400.
    package static let revocationsPending = 100
    /// How often what other processes revoked is looked up, in milliseconds.
    package static let accessPollMilliseconds: Int64 = 250
    /// Tokens, and revocations, that one transaction forgets because they have expired.
    package static let tokensForgotten = 500
    /// Signing keys that are not retired. Past it: the command fails.
    package static let signingKeys = 16
    /// Integrations of one application. Past it: 400.
    package static let integrations = 100
    /// Callers whose rate of requests is known. Past it: those that were quiet for a second are forgotten; if none was, new ones
    /// share one rate.
    package static let ratedCallers = 10_000
    /// Requests per second that a caller may be permitted. Outside: the setting is refused.
    package static let apiRate = 1...1_000_000

    // MARK: More fields

    /// Tags of one message. Past it: 422.
    package static let tags = 5
    package static let tagCharacters = 128
    /// Days, or hours, for which a payload can be kept. Outside: 422.
    package static let payloadRetentionDays = 1...90
    package static let payloadRetentionHours = 1...2160
    /// Days for which messages are kept. Outside: the server doesn't start.
    package static let retentionDays = 1...3650
    /// Bytes that a store may take. Outside: the server doesn't start.
    package static let storageLimit: ClosedRange<Int64> = 10_000_000...1_000_000_000_000_000
    /// Bytes of the content type that a publisher gives to a body of its own. Past it: 422.
    package static let contentTypeBytes = 256
    /// Seconds for which an old secret signs beside its successor. Outside: 422.
    package static let secretGraceSeconds = 0...604_800
    /// Secrets of one endpoint that were rotated away and still sign. Past it: 400.
    package static let formerSecrets = 10
    /// Requests with one idempotency key that wait for the first of them. Past it: 409.
    package static let idempotencyWaiters = 16
}

extension Limits {
    // MARK: Texts for people

    /// Bytes of an application's name. Past it: 422.
    package static let displayNameBytes = 1024
    /// Failed attempts of a delivery after which its organization is told, once, by `message.attempt.failing`.
    package static let attemptsUntilFailing = 4
    /// Bytes of a description. Past it: 422.
    package static let descriptionBytes = 8 * 1024
    /// Bytes of an event type's schemas in JSON. Past it: 422.
    package static let schemasBytes = 256 * 1024
    /// Bytes of all schemas that one import makes of an OpenAPI document, each with what it refers to. Past it: 422.
    package static let importedSchemasBytes = 8 << 20
    /// References in an OpenAPI document that lead to one another before anything else comes. Past it: 422.
    package static let referenceHops = 16
}

extension Limits {
    // MARK: Commands of a client's side

    /// Bytes of an answer's body that a command keeps. Past it: the rest is read and dropped.
    package static let commandAnswerBytes = 1 << 20
    /// Bytes of a request that `godwit listen` takes. Past it: 413.
    package static let listenBodyBytes = 16 << 20
    /// Bytes of a cassette that is replayed. Past it: refused, for it is held in memory.
    package static let cassetteBytes = 256 << 20
    /// Clients and intervals that `godwit compare` takes. Past it: the option is refused.
    package static let compareClients = 4000
    package static let compareIntervals: ClosedRange<Duration> = .milliseconds(100)...Duration.seconds(600)
    /// Spans that `godwit check` takes as the limit of an answer. Past it: the option is refused.
    package static let checkAnswer: ClosedRange<Duration> = .milliseconds(100)...Duration.seconds(60)
    /// Bytes of the large body of a check, and requests that it sends at the same moment. Past it: the option is refused.
    package static let checkLargeBytes = 1024...(16 << 20)
    package static let checkConcurrency = 2...64
    /// Seconds of a receiver's tolerance. Past it: the option is refused.
    package static let checkToleranceSeconds = 1...86_400
    /// Bytes of the payload that a check builds on. Past it: the option is refused.
    package static let checkPayloadBytes = 64 * 1024
}

extension Limits {
    // MARK: The feed

    /// Seconds for which a request may wait for the next item. Outside: 422.
    package static let feedWaitSeconds = 0...30
    /// Requests that wait for an item, and streams, at a time: fewer than `connections`, so that the API stays reachable. Past it: 429
    /// with `Retry-After: 1`.
    package static let feedWaiters = 2048
    /// Payload bytes after which a page of a feed ends early, with more to come: what one slow reader of a stream holds in memory.
    package static let feedPageBytes = 1 << 20
    /// Entries of a feed that one request of a poller looks at. Past it: the page ends early, with more to come.
    package static let feedScan = 2500
    /// Consumers of one endpoint. Past it: 400.
    package static let consumers = 100
    /// Items of one consumer that were handed out and are neither acknowledged nor free again. Past it: it gets no more.
    package static let consumerLeases = 1000
    /// Spans of items that one consumer has acknowledged out of order. Past it: 400, nothing of the request was done.
    package static let consumerGaps = 1000
    /// For how long items may be handed to one reader alone, in seconds. Outside: 422.
    package static let visibilitySeconds = 1...3600
    /// Seconds between two signs of life of a stream that has nothing else to say.
    package static let feedHeartbeatSeconds = 15
    /// Seconds after which a stream ends, so that its token is looked at again; clients take it up where it ended.
    package static let feedStreamSeconds = 900
}

extension Limits {
    // MARK: Lists, tasks and statistics

    /// Rows of an index that one page of a list looks at for those that pass a filter which the index doesn't know. Past it: the page
    /// ends early, perhaps empty, with more to come.
    package static let listScan = 1000
    /// Messages that one step of a background task looks at, and applications. Past it: the next step goes on.
    package static let taskStep = 500
    package static let taskApplications = 50
    /// Background tasks of one organization that are running, replays aside. Past it: 400.
    package static let tasksRunning = 20
    /// Bytes of what a task has found that are shown in a list and told by webhook. Past it: that it has `results` must be asked of the
    /// task itself.
    package static let taskResultBytesInLists = 16 * 1024
    /// Bytes of what a task has found that are shown at all: more applications than an organization should count in one task.
    package static let taskResultBytes = 32 << 20
    /// For how long tasks are kept after they ended, and how many one transaction forgets.
    package static let taskAge: Duration = .seconds(90 * 86_400)
    package static let tasksForgotten = 50
    /// The span of time that statistics of an endpoint may be asked for, and by how much a clock may be ahead of ours. Past it: 400.
    package static let statisticsSpan: Duration = .seconds(28 * 86_400)
    package static let statisticsTolerance: Duration = .seconds(300)
    /// The span of time over which applications may be counted. Past it: 400.
    package static let usageSpan: Duration = .seconds(366 * 86_400)
    /// Minutes for which statistics are kept by the minute; older ones are kept by the hour.
    package static let statisticsMinutesKept: Int64 = 2 * 24 * 60
    /// Minutes that one transaction adds to their hours.
    package static let statisticsFolded = 500
}
