package import GodwitCore
package import GodwitStore

/// The one connection that writes, and what is kept in memory beside it. Memory never runs ahead of the database: it takes over
/// what a transaction did after the commit, and forgets it after a failure.
package final class SQLWriter<Connection: SQLConnection> {
    package let connection: Connection
    var sequences: SequenceNumbers
    private var idempotency: IdempotencyJournal
    private var eventIDs = EventIDs()
    /// Of this life, once it has begun.
    private var lease: Lease?
    /// Without it another process may write too, which what is kept in memory would not notice.
    private let isExclusive: Bool
    /// Set when other nodes write too: then nothing is kept in memory from one transaction to the next.
    private let shared: (any SharedConnection)?

    /// - Parameters:
    ///   - idempotencyKeys: how many are remembered.
    ///   - isExclusive: whether no other process writes; without it only settings can be written.
    package init(_ connection: Connection, idempotency: IdempotencyIndex, idempotencyKeys: Int, isExclusive: Bool) {
        self.connection = connection
        sequences = SequenceNumbers(areShared: Connection.isShared)
        self.idempotency = IdempotencyJournal(index: idempotency, limit: idempotencyKeys, isShared: Connection.isShared)
        self.isExclusive = isExclusive
        shared = connection as? any SharedConnection
    }

    package func commit(_ commands: [WriteCommand], at now: Instant) throws(StoreError) -> [WriteResult] {
        guard !commands.isEmpty else { return [] }
        if let lease, !commands.allSatisfy({ $0.benefitsNone(but: lease) }) {
            throw StoreError(.unavailable, "this node was given up")
        }
        return try inTransaction { () throws(StoreError) in
            try takeLocks(for: commands, at: now)
            let results = WriteResults(count: commands.count)
            for (index, command) in commands.enumerated() { try perform(command, at: now, results, index) }
            try sequences.write(on: connection)
            try idempotency.prune(at: now, on: connection)
            try connection.writeStatistics()
            return results.all
        }
    }

    /// What commands will ask for one by one is locked and read at once: in one order, so that transactions of several processes wait
    /// for each other here and nowhere else, and in one round trip.
    private func takeLocks(for commands: [WriteCommand], at now: Instant) throws(StoreError) {
        guard Connection.isShared else { return }
        try shared?.hold(commands)
        if commands.contains(where: \.changesCatalogue) { try connection.runLater(LockCatalogue()) }
        let asked = Questions(of: commands)
        guard !asked.isEmpty else { return }
        var numbers: [LockLastSequences.Row] = []
        if !asked.endpoints.isEmpty {
            try connection.allLater(LockLastSequences(endpoints: asked.endpoints)) { numbers = $0 }
        }
        var usedEventIDs: [EventID] = []
        try connection.allLater(asked.eventIDs.map { FindEventID(eventID: $0) }) { usedEventIDs = $0 }
        var usedKeys: [IdempotencyRow] = []
        let since = now + (.zero - Limits.idempotencyAge)
        try connection.allLater(asked.keys.map { FindSharedIdempotencyRow(scope: $0, since: since) }) { usedKeys = $0 }
        try connection.flush()
        sequences.take(numbers)
        eventIDs.take(usedEventIDs, ofAsked: asked.eventIDs)
        idempotency.take(usedKeys, ofAsked: asked.keys)
        // Of endpoints that got none yet.
        try sequences.read(asked.endpoints, on: connection)
    }

    /// In bounded transactions: what a crash interrupts, the next start completes.
    package func begin(at now: Instant) throws(StoreError) -> Lease {
        try demandExclusive()
        let lease = try inTransaction { () throws(StoreError) in
            let last = try connection.first(GreatestLease()).flatMap(\.self)
            let lease = Lease(rawValue: (last?.rawValue ?? 0) + 1)
            try connection.run(InsertLease(lease: lease, now: now))
            try connection.run(ForgetLeases(before: lease))
            return lease
        }
        self.lease = lease
        let limit = Limits.takenOverDeliveries
        while try inTransaction({ () throws(StoreError) in
            try connection.run(TakeOverDeliveries(now: now, lease: lease, limit: limit))
        }) == limit {}
        return lease
    }

    private func inTransaction<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        do throws(StoreError) {
            let value = try connection.inTransaction(body)
            sequences.commit()
            idempotency.commit()
            eventIDs.forget()
            return value
        } catch {
            sequences.rollBack()
            eventIDs.forget()
            connection.ledger.removeAll()
            idempotency.rollBack()
            // A conflict is an answer to one command; of a whole batch it is a mistake of the program.
            throw error.code == .conflict ? StoreError(.unusable, error.message) : error
        }
    }

    private func demandExclusive() throws(StoreError) {
        guard isExclusive else {
            throw StoreError(.unavailable, "only the server that holds the store may write to it")
        }
    }
}

// MARK: - Commands

extension SQLWriter {
    private func perform(
        _ command: WriteCommand, at now: Instant, _ results: WriteResults, _ index: Int
    ) throws(StoreError) {
        switch command {
        case .publish(let message):
            try demandExclusive()
            results.all[index] = .published(try publish(message, at: now))
        case .move(let transition, let attempt):
            try demandExclusive()
            try move(transition, attempt, results, index)
        case .claim(let claim):
            try demandExclusive()
            results.all[index] = .claimed(try connection.claim(claim, at: now))
        case .catalog(let command):
            results.all[index] = .catalog(try catalog(command, at: now))
        }
    }

    private func move(
        _ transition: Transition, _ attempt: AttemptRecord?, _ results: WriteResults, _ index: Int
    ) throws(StoreError) {
        try connection.runInBatch(MoveDelivery(transition: transition)) { [connection] moved in
            guard moved == 1 else { return }
            results.all[index] = .moved(true)
            connection.ledger.noteDelivery(transition.delivery, from: transition.former, to: transition.machine)
        }
        guard let attempt else { return }
        try connection.runInBatch(InsertAttempt(record: attempt)) { [connection] inserted in
            if inserted == 1 { connection.ledger.noteAttempt(attempt) }
        }
    }

    private func publish(_ new: NewMessage, at now: Instant) throws(StoreError) -> PublishResult {
        let message = new.message
        if let key = new.idempotency,
            let former = try idempotency.find(key.scope, since: now + (.zero - Limits.idempotencyAge), on: connection)
        {
            if former.request == key.request, case .message(let key) = former.answer { return .repeated(message: key) }
            return .idempotencyMismatch
        }
        if let eventID = message.ownEventID {
            guard try !eventIDs.isUsed(eventID, on: connection) else { return .duplicateEventID }
            eventIDs.note(eventID)
        }
        try connection.insert(message)
        var numbers: [Int64] = []
        numbers.reserveCapacity(new.deliveries.count)
        for delivery in new.deliveries {
            let number = try sequences.next(for: delivery.endpoint, on: connection)
            let key = DeliveryKey(message: message.id.key, endpoint: delivery.endpoint)
            try connection.insert(key, sequence: number, delivery.machine)
            numbers.append(number)
        }
        if let key = new.idempotency {
            try idempotency.add(
                IdempotencyRow(
                    scope: key.scope, request: key.request, createdAt: now, answer: .message(message.id.key)),
                on: connection)
        }
        return .stored(sequences: numbers)
    }

    /// A refusal is an answer and undoes this command alone; a failure of the store fails the batch.
    private func catalog(
        _ command: CatalogCommand, at now: Instant
    ) throws(StoreError) -> Result<CatalogResult, StoreError> {
        // What came before is counted, and fails for itself. What was read before may be true no longer.
        try connection.flush()
        eventIDs.forget()
        try connection.runLater(BeginCommand())
        let ledger = connection.ledger
        do throws(StoreError) {
            let result = try change(command, at: now)
            try shared?.note(result.subjects(of: command), at: now)
            try connection.runLater(EndCommand())
            return .success(result)
        } catch {
            guard error.code == .conflict || error.code == .notFound else { throw error }
            try connection.run(UndoCommand())
            connection.ledger = ledger
            try connection.runLater(EndCommand())
            return .failure(error)
        }
    }

    private func change(_ command: CatalogCommand, at now: Instant) throws(StoreError) -> CatalogResult {
        if case .setSettingOnce(let name, let value) = command {
            try connection.run(SetSettingOnce(name: name, value: value))
            return .setting(try connection.first(FindSetting(name: name)) ?? value)
        }
        // Nothing of these is kept in memory beside the file.
        if case .token(let command) = command, command.isForEveryProcess {
            return .token(try connection.change(command, at: now))
        }
        try demandExclusive()
        if case .rememberResponse(let key, let response) = command {
            try remember(response, for: key, at: now)
            return .done
        }
        if case .node(let command) = command {
            return .node(try shared?.change(command, at: now) ?? command.answerAlone)
        }
        if case .stepReplay(let key) = command { return .replay(try stepReplay(key, at: now)) }
        // The event ids of what is forgotten are free for the publishes behind it.
        if case .retention = command { eventIDs.forget() }
        return try connection.change(command, at: now)
    }

    /// The first answer stands.
    private func remember(_ response: StoredResponse, for key: IdempotencyKey, at now: Instant) throws(StoreError) {
        let since = now + (.zero - Limits.idempotencyAge)
        guard try idempotency.find(key.scope, since: since, on: connection) == nil else { return }
        try idempotency.add(
            IdempotencyRow(scope: key.scope, request: key.request, createdAt: now, answer: .response(response)),
            on: connection)
    }
}

/// What commands are answered with. Some answers come when later commands have been looked at.
private final class WriteResults {
    var all: [WriteResult]

    init(count: Int) { all = Array(repeating: .moved(false), count: count) }
}

/// What the publishes among some commands will ask for.
private struct Questions {
    private(set) var endpoints: Set<Int64> = []
    private(set) var eventIDs: Set<EventID> = []
    private(set) var keys: Set<IdempotencyKey.Fingerprint> = []

    init(of commands: [WriteCommand]) {
        for case .publish(let message) in commands {
            endpoints.formUnion(message.deliveries.lazy.map(\.endpoint))
            if let eventID = message.message.ownEventID { eventIDs.insert(eventID) }
            if let key = message.idempotency { keys.insert(key.scope) }
        }
    }

    var isEmpty: Bool { endpoints.isEmpty && eventIDs.isEmpty && keys.isEmpty }
}

extension WriteCommand {
    /// Whether it reads what is registered and changes it.
    fileprivate var changesCatalogue: Bool {
        switch self {
        case .catalog(.node(.remove)): true
        case .catalog(.rememberResponse), .catalog(.node), .catalog(.retention), .publish, .move, .claim: false
        case .catalog: true
        }
    }
}
