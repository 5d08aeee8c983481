package import GodwitSignature

/// One thing that a receiver must do.
package struct CheckCase: Sendable {
    package enum Expectation: Hashable, Sendable {
        /// 2xx for every request.
        case accepts
        /// 4xx for each that is forged, 2xx for each that isn't.
        case refusesForgeries
        /// 2xx for the first; for the same bytes again 2xx, as a duplicate, or 4xx, as a replay.
        case acceptsOnce
        /// 2xx, or 409 while another one is at work; at least one 2xx.
        case acceptsOrWaits
        /// Any answer to HEAD that says that the URL is there.
        case answersHead
    }

    package enum Sending: Hashable, Sendable { case oneByOne, together }

    /// For programs: lower case and hyphens.
    package let name: String
    /// For people: what the receiver does if it is right.
    package let title: String
    let expects: Expectation
    package let sending: Sending
    let remedy: String
    private let make: @Sendable (CheckContext) throws(SigningError) -> [CheckProbe]

    init(
        _ name: String, _ title: String, _ expects: Expectation, _ sending: Sending = .oneByOne, remedy: String,
        _ make: @escaping @Sendable (CheckContext) throws(SigningError) -> [CheckProbe]
    ) {
        self.name = name
        self.title = title
        self.expects = expects
        self.sending = sending
        self.remedy = remedy
        self.make = make
    }

    /// What to send; empty when the case says nothing of this kind of secret.
    package func probes(_ context: CheckContext) throws(SigningError) -> [CheckProbe] { try make(context) }

    /// The first of all: whoever refuses this one refuses everything, which proves nothing.
    package static let valid = CheckCase(
        "valid", "accepts a valid webhook", .accepts,
        remedy: "Verify with this endpoint's secret, over the raw body as it was received, before anything parses it. "
            + "Answer 2xx.",
        { context throws(SigningError) in [try context.genuine("valid")] })

    /// In the order in which they are sent.
    package static let all = [valid] + acceptance + forgeries + repetition + [head]

    static let head = CheckCase(
        "head", "answers HEAD", .answersHead,
        remedy:
            "Answer HEAD with 200 or 204, or at least 405, without a body: health checks ask this way whether the URL is there.",
        { _ throws(SigningError) in [CheckProbe(method: "HEAD", id: "", headers: [], body: [], isGenuine: false)] })
}
