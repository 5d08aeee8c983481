import GodwitCore
import GodwitSender
import GodwitTestKit
import NIOSSL

/// An HTTP/2 receiver named hooks.example.com, and a sender that trusts it.
struct HTTP2Setup {
    static let host = "hooks.example.com"
    static let certificate = Result { try TestCertificate(subjectAltName: "DNS:\(host)") }

    let receiver: HTTP2ReceiverStub
    let sender: SenderUnderTest
    var url: String { receiver.url(host: Self.host) }

    init(
        greeting: [ScriptedFrame] = [.settings([])], grantsWindows: Bool = true, answersEarly: Bool = false,
        speaksHTTP1: Bool = false, limits: SenderLimits = .init(), script: @escaping HTTP2ReceiverStub.Script = { _, _ in .ok }
    ) async throws {
        receiver = try await HTTP2ReceiverStub.start(
            tls: Self.certificate.get().serverContext(protocols: speaksHTTP1 ? ["h2", "http/1.1"] : ["h2"]), greeting: greeting,
            grantsWindows: grantsWindows, answersEarly: answersEarly, script: script)
        sender = try await SenderUnderTest(
            addresses: [Self.host: ["127.0.0.1"]], tls: Self.trust(), limits: limits)
    }

    static func trust() throws -> TLSClientContext {
        try TLSClientContext(additionalRoots: [certificate.get().authority])
    }
}

extension SenderUnderTest {
    /// Whether nothing is left after `close`.
    func isEmpty() async throws -> Bool {
        let counters = try await counters()
        return counters.open == 0 && counters.idle == 0 && counters.inFlight == 0
    }
}
