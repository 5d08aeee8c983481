import Foundation
package import NIOSSL

/// A certificate authority and a certificate from it, made for one test run by the `openssl` command, so that no key lies in
/// the tree.
package struct TestCertificate: Sendable {
    /// Trust this to trust `chain`.
    package let authority: NIOSSLCertificate
    package let chain: [NIOSSLCertificate]
    package let key: NIOSSLPrivateKey
    /// As `authority`, for those who want a file.
    package let authorityPEM: [UInt8]

    /// - Parameters:
    ///   - subjectAltName: as OpenSSL writes it: `DNS:hooks.example.com,IP:127.0.0.1`.
    ///   - days: validity from now; negative for a certificate that has expired.
    package init(subjectAltName: String, days: Int = 2) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("godwit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try Self.openssl(
            ["req", "-x509", "-subj", "/CN=Godwit test authority", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"] + key,
            in: folder)
        try Self.openssl(["req", "-subj", "/CN=receiver", "-keyout", "leaf.key", "-out", "leaf.csr"] + key, in: folder)
        try Data("subjectAltName=\(subjectAltName)\n".utf8).write(to: folder.appendingPathComponent("extensions"))
        try Self.openssl(
            [
                "x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "\(days)",
                "-extfile", "extensions", "-out", "leaf.pem",
            ], in: folder)
        func contents(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent(name))) }
        authorityPEM = try contents("ca.pem")
        authority = try NIOSSLCertificate(bytes: authorityPEM, format: .pem)
        chain = [try NIOSSLCertificate(bytes: contents("leaf.pem"), format: .pem)]
        self.key = try NIOSSLPrivateKey(bytes: contents("leaf.key"), format: .pem)
    }

    /// For `ReceiverStub.start(tls:)`.
    /// - Parameter protocols: what is chosen from in the handshake (ALPN); none is how servers without it behave.
    package func serverContext(protocols: [String] = []) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }

    private static func openssl(_ arguments: [String], in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw OpenSSLFailed(command: arguments.first ?? "") }
    }
}

/// `openssl` isn't installed, or refused.
package struct OpenSSLFailed: Error {
    package let command: String
}
