import GodwitCore

/// `throttleRate` of endpoints and applications: requests per second, one part of their `RateLimit`.
extension JSONReader {
    /// `rateLimit` is the field's former name.
    mutating func throttleRate() -> Field<Int> {
        let rate = field("throttleRate", .int(in: Limits.throttleRate))
        let former = field("rateLimit", .int(in: Limits.throttleRate))
        return rate.isPresent ? rate : former
    }
}

extension RateLimit {
    /// As the SDKs can read it: a policy may permit more.
    var throttleRate: Int? { perSecond.map { min($0, Limits.throttleRate.upperBound) } }
}
