import GodwitCore
import Testing

@Suite("The response contract") struct ResponseContractTests {
    static let now = Instant(millisecondsSince1970: 784_111_777_000)

    private func verdict(_ status: UInt16, retryAfter: String? = nil) -> AttemptVerdict {
        let response = ReceiverResponse(status: status, retryAfter: retryAfter.flatMap { RetryAfter($0) })
        return ResponseContract.standard.verdict(on: .responded(response), at: Self.now)
    }

    @Test("counts 2xx, and nothing else, as delivered", arguments: [200, 201, 202, 204, 226, 299])
    func success(status: UInt16) { #expect(verdict(status) == .delivered) }

    @Test(
        "retries on every other status", arguments: [300, 301, 302, 307, 308, 400, 401, 404, 409, 411, 422, 500, 502, 504, 599])
    func retry(status: UInt16) { #expect(verdict(status) == .retry(minimumDelay: .zero)) }

    @Test("slows the endpoint down on 429 and 503", arguments: [429, 503])
    func slowDown(status: UInt16) { #expect(verdict(status) == .slowDown(minimumDelay: .zero)) }

    @Test("takes 410 as gone") func gone() { #expect(verdict(410) == .gone) }

    @Test("retries when no whole response came", arguments: TransportFailure.Code.allCases)
    func transport(code: TransportFailure.Code) {
        #expect(
            ResponseContract.standard.verdict(on: .failed(TransportFailure(code, "")), at: Self.now)
                == .retry(minimumDelay: .zero))
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
        #expect(verdict(503, retryAfter: header) == .slowDown(minimumDelay: .seconds(seconds)))
        #expect(verdict(500, retryAfter: header) == .retry(minimumDelay: .seconds(seconds)))
    }

    @Test(
        "asks the endpoint's own rules first, in their order",
        arguments: [
            (404, AttemptVerdict.stop), (409, .delivered), (410, .stop), (204, .retry(minimumDelay: .zero)), (200, .delivered),
            (500, .slowDown(minimumDelay: .zero)), (503, .slowDown(minimumDelay: .zero)), (599, .gone),
        ] as [(UInt16, AttemptVerdict)])
    func rules(status: UInt16, expected: AttemptVerdict) {
        let contract = ResponseContract(rules: [
            .init(404...404, .stop), .init(409...409, .delivered), .init(400...499, .stop), .init(204...204, .retry),
            .init(500...501, .slowDown), .init(599...599, .disable),
        ])
        #expect(contract.verdict(on: .responded(ReceiverResponse(status: status)), at: Self.now) == expected)
    }

    @Test("lets the receiver's header decide, unless the answer is a success or the endpoint forbids it")
    func directive() {
        func verdict(_ status: UInt16, _ directive: ReceiverDirective, honours: Bool = true) -> AttemptVerdict {
            ResponseContract(honoursDirective: honours).verdict(
                on: .responded(ReceiverResponse(status: status, directive: directive)), at: Self.now)
        }
        #expect(verdict(500, .stop) == .stop)
        #expect(verdict(410, .retry) == .retry(minimumDelay: .zero))
        #expect(verdict(429, .retry) == .slowDown(minimumDelay: .zero))
        #expect(verdict(200, .stop) == .delivered)
        #expect(verdict(500, .stop, honours: false) == .retry(minimumDelay: .zero))
        #expect(ReceiverDirective(header: " STOP ") == .stop)
        #expect(ReceiverDirective(header: "maybe") == nil)
    }
}
