import GodwitCore
import Testing

@Suite("The response contract") struct ResponseContractTests {
    static let now = Instant(millisecondsSince1970: 784_111_777_000)

    private func verdict(_ status: UInt16, retryAfter: String? = nil) -> AttemptVerdict {
        let response = ReceiverResponse(status: status, retryAfter: retryAfter.flatMap { RetryAfter($0) })
        return ResponseContract.verdict(on: .responded(response), at: Self.now)
    }

    @Test("counts 2xx, and nothing else, as delivered", arguments: [200, 201, 202, 204, 226, 299])
    func success(status: UInt16) { #expect(verdict(status) == .delivered) }

    @Test(
        "retries on every other status", arguments: [300, 301, 302, 307, 308, 400, 401, 404, 409, 411, 422, 429, 500, 503, 599])
    func retry(status: UInt16) { #expect(verdict(status) == .retry(minimumDelay: .zero)) }

    @Test("takes 410 as gone") func gone() { #expect(verdict(410) == .gone) }

    @Test("retries when no whole response came", arguments: TransportFailure.Code.allCases)
    func transport(code: TransportFailure.Code) {
        #expect(ResponseContract.verdict(on: .failed(TransportFailure(code, "")), at: Self.now) == .retry(minimumDelay: .zero))
    }

    @Test(
        "honours Retry-After in seconds and as a date, up to a day",
        arguments: [
            ("120", 120), ("0", 0), ("86400", 86_400), ("86401", 86_400), ("99999999999999999999", 86_400),
            ("Sun, 06 Nov 1994 08:51:37 GMT", 120), ("Sunday, 06-Nov-94 08:51:37 GMT", 120), ("Sun Nov  6 08:51:37 1994", 120),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("soon", 0), ("-5", 0), ("1.5", 0), ("Sun, 32 Nov 1994 08:51:37 GMT", 0),
            ("Sun, 06 Nov 1994 08:51:37 KST", 0),
        ])
    func retryAfter(header: String, seconds: Int) {
        #expect(verdict(503, retryAfter: header) == .retry(minimumDelay: .seconds(seconds)))
    }
}
