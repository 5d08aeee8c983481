import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOSSL
import Testing

struct SenderTLSTests {
    private static let names = ["hooks.example.com": ["127.0.0.1"], "other.example.org": ["127.0.0.1"]]

    @Test("delivers to a receiver whose certificate is right, by name and by address")
    func trusted() async throws {
        let certificate = try TestCertificate(subjectAltName: "DNS:hooks.example.com,IP:127.0.0.1")
        let receiver = try await ReceiverStub.start(tls: certificate.serverContext())
        let tls = try TLSClientContext(additionalRoots: [certificate.authority])
        let sender = try await SenderUnderTest(addresses: Self.names, tls: tls)
        let report = try await sender.send(receiver.url(host: "hooks.example.com"))
        #expect(report.status == 200)
        #expect(report.timings.tls ?? 0 > 0)
        #expect(try await sender.send(receiver.url(host: "hooks.example.com")).connectionReused)
        #expect(try await sender.send(receiver.url).status == 200)
        await sender.close()
        #expect(try await sender.counters().open == 0)
    }

    @Test("refuses a certificate for another name or address", arguments: ["other.example.org", "127.0.0.1"])
    func wrongName(host: String) async throws {
        let certificate = try TestCertificate(subjectAltName: "DNS:hooks.example.com,IP:127.0.0.9")
        let receiver = try await ReceiverStub.start(tls: certificate.serverContext())
        let tls = try TLSClientContext(additionalRoots: [certificate.authority])
        let sender = try await SenderUnderTest(addresses: Self.names, tls: tls)
        let failure = try await sender.send(receiver.url(host: host)).failure
        #expect(failure == TransportFailure(.tlsFailed, "the certificate is not valid for \(host)"))
        #expect(receiver.requests.isEmpty)
        await sender.close()
    }

    @Test("refuses a certificate from an unknown authority, and one that has expired", arguments: [(false, 2), (true, -1)])
    func untrusted(trustsAuthority: Bool, days: Int) async throws {
        let certificate = try TestCertificate(subjectAltName: "DNS:hooks.example.com", days: days)
        let receiver = try await ReceiverStub.start(tls: certificate.serverContext())
        let tls = try TLSClientContext(additionalRoots: trustsAuthority ? [certificate.authority] : [])
        let sender = try await SenderUnderTest(addresses: Self.names, tls: tls)
        let failure = try await sender.send(receiver.url(host: "hooks.example.com")).failure
        #expect(failure?.code == .tlsFailed)
        #expect(failure?.detail.hasPrefix("the certificate is not trusted: certificate verify failed") == true)
        #expect(receiver.requests.isEmpty)
        await sender.close()
    }

    @Test("says so when the receiver doesn't speak TLS")
    func plaintext() async throws {
        let receiver = try await ReceiverStub.start()
        let sender = try await SenderUnderTest(addresses: Self.names)
        let failure = try await sender.send("https://hooks.example.com:\(receiver.port)/").failure
        #expect(failure?.code == .tlsFailed)
        #expect(failure?.detail.isEmpty == false)
        await sender.close()
    }

    @Test("a TLS connection that was closed while it waited costs no attempt")
    func staleConnection() async throws {
        let certificate = try TestCertificate(subjectAltName: "DNS:hooks.example.com")
        let receiver = try await ReceiverStub.start(tls: certificate.serverContext()) { request, _ in
            request.path == "/last" ? .statusThenClose(200) : .status(201)
        }
        let tls = try TLSClientContext(additionalRoots: [certificate.authority])
        let sender = try await SenderUnderTest(addresses: Self.names, tls: tls)
        for _ in 0..<5 {
            #expect(try await sender.send(receiver.url(host: "hooks.example.com", path: "/last")).status == 200)
            #expect(try await sender.send(receiver.url(host: "hooks.example.com", path: "/next")).status == 201)
        }
        await sender.close()
    }
}
