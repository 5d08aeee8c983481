import NIOCore
package import NIOSSL
import Synchronization

/// The TLS settings of deliveries. One serves every sender of the process.
package final class TLSClientContext: Sendable {
    private let configuration: TLSConfiguration
    private let offeringHTTP2: NIOSSLContext
    /// Made when the first receiver demands it: the system's authorities are read once more for it.
    private let http1Only = Mutex<NIOSSLContext?>(nil)

    /// Certificates are verified in full: chain, dates and name.
    /// - Parameter additionalRoots: trusted besides the system's, for receivers behind a private authority.
    package init(additionalRoots: [NIOSSLCertificate] = []) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = ["h2", "http/1.1"]
        configuration.additionalTrustRoots = additionalRoots.isEmpty ? [] : [.certificates(additionalRoots)]
        // A peer that has stopped answering must not keep its socket for the default of 5 s.
        configuration.shutdownTimeout = .seconds(1)
        self.configuration = configuration
        offeringHTTP2 = try NIOSSLContext(configuration: configuration)
    }

    /// - Parameter offersHTTP2: whether the receiver may choose it.
    func context(offersHTTP2: Bool) throws -> NIOSSLContext {
        guard !offersHTTP2 else { return offeringHTTP2 }
        return try http1Only.withLock { context in
            if let context { return context }
            var configuration = configuration
            configuration.applicationProtocols = ["http/1.1"]
            let made = try NIOSSLContext(configuration: configuration)
            context = made
            return made
        }
    }
}
