/// Runs to its end although the caller's task is cancelled. For what an effect must be followed by: without its record it would
/// happen again.
func uncancelled<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await Task { try await work() }.value
}
