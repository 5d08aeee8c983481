import Hummingbird

/// The body of an answer that goes on for as long as there is something to say.
final class AnswerStream: Sendable {
    /// Each write returns when the connection has taken it, so what a slow reader costs is bounded.
    let write: @Sendable @concurrent (inout any ResponseBodyWriter) async throws -> Void

    init(_ write: @escaping @Sendable @concurrent (inout any ResponseBodyWriter) async throws -> Void) { self.write = write }
}

extension AnswerStream: Hashable {
    static func == (left: AnswerStream, right: AnswerStream) -> Bool { left === right }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
