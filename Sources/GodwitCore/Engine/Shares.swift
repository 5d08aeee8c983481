/// The endpoints of one application: applications take turns, and within each its lanes do, so that one with a thousand endpoints
/// gets no more than one with a single one.
final class ApplicationShare {
    let application: Int64
    var endpoints = 0
    /// It has a rate limit, which it shares with other shards; requests need permits then.
    var isLimited = false
    /// Permits that were granted and not used yet.
    var permits = 0
    var isAsking = false
    /// Lanes that can send, in turn.
    var lanes = Ring<Lane>()
    var inRing = false
    /// Those of them that have nothing on the wire, in turn.
    var idleLanes = Ring<Lane>()
    var inIdleRing = false
    /// Lanes that wait for permits.
    var waiting: [Lane] = []

    init(application: Int64) { self.application = application }
}

/// Requests to one host, whatever the endpoint.
final class HostShare {
    var inFlight = 0
    var endpoints = 0
    /// Lanes that wait until a request to the host has ended.
    var waiting = Ring<Lane>()
}
