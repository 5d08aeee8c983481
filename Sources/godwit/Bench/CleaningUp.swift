/// Cleans up after success, failure and cancellation alike; `defer` can't wait.
func finally<Value>(_ cleanUp: () async -> Void, after body: () async throws -> Value) async throws -> Value {
    do {
        let value = try await body()
        await cleanUp()
        return value
    } catch {
        await cleanUp()
        throw error
    }
}
