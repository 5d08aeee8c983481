package import GodwitStore

/// One of the two stores of a move.
package protocol MoveEnd: AnyObject {
    /// For errors and marks; without a password.
    var name: String { get }
    var connection: any SQLConnection { get }

    /// Until the end of the process; again, makes sure of it. - Throws: `.unavailable` while a server uses the store.
    func excludeServers() throws(StoreError)

    /// After rows were written with numbers of their own: the numbers that the database gives go on behind them.
    func continueNumbers() throws(StoreError)

    /// What is best done after many rows were written, outside of the pause.
    func tidy() throws(StoreError)
}

/// Moves a store: any number of passes while the source's server runs, and a last one while none does.
package struct StoreMove {
    private let source: any MoveEnd
    private let destination: any MoveEnd
    private let sourceIdentity: String
    private let destinationIdentity: String

    /// Claims the destination for this source.
    ///
    /// - Parameter makeIdentity: names for stores that have none yet, unlike any other.
    /// - Throws: `.unusable` when the stores are the same one, the source was moved, or the destination has something in it that
    ///   isn't of an unfinished move from this source.
    package init(
        from source: any MoveEnd, to destination: any MoveEnd, makeIdentity: () -> String
    ) throws(StoreError) {
        self.source = source
        self.destination = destination
        let from = source.connection
        let to = destination.connection
        if try from.mark(.source) != nil {
            throw StoreError(.unusable, "\(source.name) is itself the destination of a move that isn't complete")
        }
        sourceIdentity = try from.identity(orElse: makeIdentity())
        if try to.mark(.identity) == sourceIdentity {
            throw StoreError(
                .unusable, "\(source.name) and \(destination.name) are the same store, or one is a copy of the other")
        }
        let claimant = try to.mark(.source)
        if let moved = try from.mark(.destination) {
            let candidate = try to.mark(.identity)
            let name = try from.mark(.destinationName) ?? destination.name
            guard claimant == sourceIdentity, candidate == moved else {
                throw StoreError(.unusable, "\(source.name) was moved to \(name) already")
            }
        }
        if let claimant {
            guard claimant == sourceIdentity else {
                throw StoreError(.unusable, "\(destination.name) is the destination of an unfinished move from another store")
            }
        } else {
            for table in MovedTables.all {
                guard try !Self.isEmpty(table, at: to) else { continue }
                throw StoreError(
                    .unusable, "\(destination.name) isn't empty (there are \(table.name)): move into a fresh store")
            }
        }
        destinationIdentity = try to.identity(orElse: makeIdentity())
        try to.set(.source, sourceIdentity)
    }

    private static func isEmpty<Table: MovedTable>(
        _ table: Table.Type, at connection: any SQLConnection
    ) throws(StoreError) -> Bool {
        try connection.first(FindAnyMovedRow<Table>()) == nil
    }

    /// While a server uses the source, or none does.
    package func pass(onTable: (TableReport) -> Void) throws(StoreError) {
        try run(isFinal: false, onTable)
        try destination.tidy()
    }

    /// The pause: no server has either store from the beginning to the end of this.
    ///
    /// In this order, so that a crash in between leaves no moment in which two servers could start: the source is given up, then
    /// the destination is set free. Run again, it goes on where it was.
    /// - Returns: whether both sides are equal. If not, nothing is given up.
    package func finish(onTable: (TableReport) -> Void) throws(StoreError) -> Bool {
        do throws(StoreError) { try source.excludeServers() } catch {
            throw StoreError(error.code, "\(error.message): stop the source's server, then run this again")
        }
        var isEqual = true
        try run(isFinal: true) { report in
            isEqual = isEqual && report.isEqual
            onTable(report)
        }
        guard isEqual else { return false }
        try destination.continueNumbers()
        try source.excludeServers()
        try destination.excludeServers()
        let from = source.connection
        try from.inTransaction { () throws(StoreError) in
            try from.set(.destination, destinationIdentity)
            try from.set(.destinationName, destination.name)
        }
        try destination.connection.remove(.source)
        return true
    }

    private func run(isFinal: Bool, _ onTable: (TableReport) -> Void) throws(StoreError) {
        for table in MovedTables.all { onTable(try run(table, isFinal: isFinal)) }
    }

    private func run<Table: MovedTable>(_ table: Table.Type, isFinal: Bool) throws(StoreError) -> TableReport {
        try TablePass<Table>(source: source.connection, destination: destination.connection, isFinal: isFinal).run()
    }
}
