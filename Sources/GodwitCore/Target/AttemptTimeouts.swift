/// How long one attempt may spend in each phase. All of them run within `total`, and are checked every 50 ms or so.
package struct AttemptTimeouts: Hashable, Sendable {
    /// From the start of the attempt until a TCP connection stands: look-up of the name and all of its addresses.
    package var connect: Duration
    /// From the TCP connection to the end of the TLS handshake.
    package var tls: Duration
    /// From the request being written to the first byte of the response.
    package var firstByte: Duration
    /// Between two reads of a response that has begun: a body that drips is cut off, however much of `total` is left.
    package var idleBody: Duration
    /// From the start of the attempt to the end of the response.
    package var total: Duration

    package init(
        connect: Duration = .seconds(5), tls: Duration = .seconds(5), firstByte: Duration = .seconds(15),
        idleBody: Duration = .seconds(10), total: Duration = .seconds(15)
    ) {
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.idleBody = idleBody
        self.total = total
    }
}
