/// How far another one's clock is from ours that never steps, by its answers: each was given between two moments that we know.
package struct ClockOffset: Hashable, Sendable {
    /// Between the other clock and ours, in milliseconds.
    package private(set) var milliseconds: Int64

    /// In the middle of what is possible.
    package init(answered time: Instant, asked: Instant, heard: Instant) {
        milliseconds = (time - asked).wholeMilliseconds / 2 + (time - heard).wholeMilliseconds / 2
    }

    /// As little as possible: a slow answer says little, and moves nothing by itself.
    package mutating func follow(answered time: Instant, asked: Instant, heard: Instant) {
        let least = (time - heard).wholeMilliseconds
        let most = max(least, (time - asked).wholeMilliseconds)
        milliseconds = min(max(milliseconds, least), most)
    }
}
