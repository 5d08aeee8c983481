#if Postgres
import GodwitCore
import GodwitSQL
import GodwitStore

/// What commands of a batch ask of ranges: done before the batch, in transactions of its own. What fails of it, for instance because the
/// database's role may not make tables, fails those commands alone.
struct PartitionChanges {
    /// What is left to be done.
    private(set) var commands: [WriteCommand]
    private var failures: [Int: StoreError] = [:]

    init(_ commands: [WriteCommand], with writer: PostgresWriter, at now: Instant) {
        self.commands = commands
        for (index, command) in commands.enumerated() {
            guard case .catalog(.retention(let retention)) = command else { continue }
            do throws(StoreError) {
                self.commands[index] = .catalog(.retention(try Self.rest(of: retention, with: writer, at: now)))
            } catch {
                self.commands[index] = .catalog(.retention(.prepare(retentionDays: nil)))
                failures[index] = error
            }
        }
    }

    private static func rest(
        of retention: RetentionCommand, with writer: PostgresWriter, at now: Instant
    ) throws(StoreError) -> RetentionCommand {
        switch retention {
        case .prepare(let days):
            try writer.connected().connection.makePartitions(retentionDays: days, at: now)
            return retention
        case .forget(let before, let after, let limit):
            let oneByOne = try writer.connected().connection.dropPartitions(before: before, at: now)
            return .forget(before: oneByOne ?? .distantPast, after: after, limit: limit)
        case .forgetStatistics: return retention
        }
    }

    func answers(_ results: [WriteResult]) -> [WriteResult] {
        var results = results
        for (index, error) in failures { results[index] = .catalog(.failure(error)) }
        return results
    }
}
#endif
