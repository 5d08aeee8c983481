import GodwitCore
import GodwitSender
import GodwitTestKit
import Testing

@Suite(.serialized)
struct SenderReuseTests {
    private static let atOnce = 20
    private static let rounds = 125

    @Test("under load, more than 99 % of requests go over a connection that stands: HTTP/1.1")
    func http1() async throws {
        let receiver = try await ReceiverStub.start()
        try await expectReuse(SenderUnderTest(), receiver.url)
    }

    @Test("under load, more than 99 % of requests go over a connection that stands: HTTP/2")
    func http2() async throws {
        let setup = try await HTTP2Setup()
        try await expectReuse(setup.sender, setup.url)
        #expect(setup.receiver.connectionsAccepted == 1)
    }

    private func expectReuse(_ sender: SenderUnderTest, _ url: String) async throws {
        for _ in 0..<Self.rounds {
            let reports = try await sender.send(Self.atOnce, to: url)
            #expect(reports.allSatisfy { $0.status == 200 })
        }
        let reused = try await sender.counters().reused
        #expect(Double(reused) / Double(Self.rounds * Self.atOnce) > 0.99)
        await sender.close()
        #expect(try await sender.isEmpty())
    }
}
