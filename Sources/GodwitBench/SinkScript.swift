/// How a sink answers.
package struct SinkScript: Hashable, Sendable {
    /// Of the first so many endpoints only the attempts are counted.
    package var apart: Int
    /// Those never answer; else as the others.
    package var hangs: Bool
    /// First attempts are answered with 500 but for one in `successEach`, and whatever failed succeeds when it comes back.
    package var failsFirstAttempts: Bool

    /// Of an endpoint's first attempts. Without any, the server's circuit breaker would open, and events that wait behind an open
    /// breaker have not failed: they would be no retries.
    package static let successEach = 8

    package init(apart: Int = 0, hangs: Bool = false, failsFirstAttempts: Bool = false) {
        self.apart = apart
        self.hangs = hangs
        self.failsFirstAttempts = failsFirstAttempts
    }
}

/// What a request is answered with.
package enum SinkAnswer: Hashable, Sendable {
    /// 204
    case success
    /// 500
    case failure
    /// Nothing at all: the connection stays open until the server closes it.
    case silence
}
