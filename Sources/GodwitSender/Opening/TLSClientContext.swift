import NIOCore
package import NIOSSL

/// The TLS settings of deliveries. One context serves every sender of the process.
package enum TLSClientContext {
    /// Certificates are verified in full: chain, dates and name.
    /// - Parameters:
    ///   - additionalRoots: trusted besides the system's, for receivers behind a private authority.
    ///   - offersHTTP2: whether receivers may choose it.
    package static func make(additionalRoots: [NIOSSLCertificate] = [], offersHTTP2: Bool = true) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = offersHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
        configuration.additionalTrustRoots = additionalRoots.isEmpty ? [] : [.certificates(additionalRoots)]
        // A peer that has stopped answering must not keep its socket for the default of 5 s.
        configuration.shutdownTimeout = .seconds(1)
        return try NIOSSLContext(configuration: configuration)
    }
}
