import GodwitCore
import Testing

@Suite("A delivery policy") struct DeliveryPolicyTests {
    private func read(_ json: String) throws -> DeliveryPolicy { try DeliveryPolicy(json: Array(json.utf8)) }

    private func text(_ policy: DeliveryPolicy) -> String { String(decoding: JSONWriter.write(policy), as: UTF8.self) }

    @Test("is the standard one when nothing is said") func standard() throws { #expect(try read("{}") == .standard) }

    @Test(
        "is the same after it was written and read",
        arguments: [
            "{}", #"{"response":{"rules":[{"status":"404","means":"stop"},{"status":"500-599","means":"slow-down"}]}}"#,
            #"{"response":{"directive":false,"bodyBytesKept":0}}"#,
            #"{"timeouts":{"connect":"250ms","tls":"1s","firstByte":"2s","idleBody":"3s","total":"4s"}}"#,
            #"{"retry":{"preset":"toss"}}"#, #"{"retry":{"schedule":["1s","250ms"],"jitter":0,"maxAge":"3d"}}"#,
            #"{"retry":{"schedule":[]}}"#,
            #"{"retryByEventType":{"a.b":{"exponential":{"base":"1s","factor":1.5,"cap":"1h","maxAttempts":9}}}}"#,
            #"{"order":{"mode":"fifo","headOfLine":"skip","skipAfter":3}}"#,
            #"{"order":{"mode":"fifo-per-key","key":{"from":"pointer","pointer":"/a/0"},"headOfLine":"park"}}"#,
            #"{"order":{"mode":"fifo-per-key","key":{"from":"header","header":"X-Tenant"}}}"#,
            #"{"order":{"mode":"fifo-per-key"}}"#,
            #"{"batch":{"maxMessages":100,"maxWait":"200ms","format":"cloudevents"}}"#,
            #"{"rateLimit":{"perSecond":1,"perMinute":2,"perHour":3,"concurrent":4}}"#,
            #"{"breaker":{"failures":null}}"#, #"{"breaker":{"failures":5,"pause":"2s","pauseMax":"2s"}}"#,
            #"{"disableAfter":null}"#, #"{"disableAfter":"1d"}"#,
        ])
    func roundTrip(json: String) throws {
        let policy = try read(json)
        #expect(try read(text(policy)) == policy)
    }

    @Test(
        "refuses what it doesn't know or can't mean, and names the place",
        arguments: [
            (#"{"retries":{}}"#, "retries"), (#"{"response":{"rule":[]}}"#, "rule"),
            (#"{"response":{"rules":[{"status":"99","means":"stop"}]}}"#, "status"),
            (#"{"response":{"rules":[{"status":"500-400","means":"stop"}]}}"#, "status"),
            (#"{"response":{"rules":[{"status":"404","means":"ignore"}]}}"#, "means"),
            (#"{"response":{"bodyBytesKept":65537}}"#, "bodyBytesKept"), (#"{"timeouts":{"total":"301s"}}"#, "total"),
            (#"{"timeouts":{"total":15}}"#, "total"), (#"{"retry":{}}"#, "preset"),
            (#"{"retry":{"preset":"svix","schedule":["1s"]}}"#, "preset"), (#"{"retry":{"preset":"fast"}}"#, "preset"),
            (#"{"retry":{"schedule":["1s"],"jitter":1.5}}"#, "jitter"),
            (#"{"retry":{"exponential":{"base":"2h","cap":"1h","maxAttempts":5}}}"#, "cap"),
            (#"{"retry":{"exponential":{"base":"1s","maxAttempts":0}}}"#, "maxAttempts"),
            (#"{"order":{"mode":"fifo","key":{"from":"ordering-key"}}}"#, "key"),
            (#"{"order":{"mode":"fifo","headOfLine":"skip"}}"#, "skipAfter"),
            (#"{"order":{"mode":"fifo-per-key","key":{"from":"pointer","pointer":"a"}}}"#, "pointer"),
            (#"{"batch":{"maxMessages":1}}"#, "maxMessages"), (#"{"batch":{"maxMessages":1001}}"#, "maxMessages"),
            (#"{"rateLimit":{"perSecond":0}}"#, "perSecond"), (#"{"breaker":{"pause":"1s","pauseMax":"500ms"}}"#, "pauseMax"),
            (#"{"disableAfter":"59s"}"#, "disableAfter"),
        ])
    func refused(json: String, field: String) throws {
        let error = try #require(throws: ValidationError.self) { try read(json) }
        #expect(error.errors.contains { $0.location.last == field })
    }

    @Test("complains once about a preset that doesn't exist")
    func oneComplaint() throws {
        let error = try #require(throws: ValidationError.self) { try read(#"{"retry":{"preset":"often"}}"#) }
        #expect(error.errors.count == 1)
    }

    @Test("is patched field by field, and a retry policy, an order and a batch as a whole")
    func patch() throws {
        let policy = try read(
            #"{"retry":{"preset":"svix"},"rateLimit":{"perSecond":5,"perHour":9},"retryByEventType":{"a":{"preset":"toss"}}}"#)
        let patch =
            #"{"retry":{"schedule":["1s"]},"rateLimit":{"perSecond":7},"retryByEventType":{"b":{"preset":"svix"},"a":null}}"#
        let patched = try policy.merging(Array(patch.utf8))
        #expect(patched.retry?.waits == .schedule(RetrySchedule(delays: [.seconds(1)])))
        #expect(patched.rateLimit == RateLimit(perSecond: 7, perHour: 9))
        #expect(Set(patched.retryByEventType.keys) == ["b"])
        #expect(try policy.merging(Array(#"{"disableAfter":null,"retry":null}"#.utf8)).disableAfter == nil)
        #expect(throws: ValidationError.self) { try policy.merging(Array("[]".utf8)) }
    }

    @Test("has the presets' schedules", arguments: RetryPreset.allCases)
    func presets(preset: RetryPreset) {
        let seconds = preset.policy.remaining(afterAttempts: 1, atMost: 20).map { $0.components.seconds }
        let expected: [Int64] =
            switch preset {
            case .standardWebhooks: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
            case .svix: [5, 300, 1800, 7200, 18_000, 36_000, 36_000]
            case .stripeLike:
                [60, 300, 1800, 3600, 10_800, 21_600, 43_200, 43_200, 43_200, 43_200, 43_200]
            case .toss: [60, 240, 960, 3840, 15_360, 61_440, 245_760]
            case .aggressive: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512]
            }
        #expect(seconds == expected)
    }

    @Test("gives lines by key, pointer and header, and one to all that have no key")
    func lines() throws {
        let payload = Array(#"{"order":{"id":"o1"},"n":[1,{"x~/y":true}]}"#.utf8)
        func line(_ json: String, key: String? = nil, header: String? = nil) throws -> Int64? {
            try read(json).order.line(orderingKey: key, payload: payload) { $0 == "x-tenant" ? header : nil }
        }
        let perKey = #"{"order":{"mode":"fifo-per-key"}}"#
        #expect(try line("{}") == nil)
        #expect(try line(#"{"order":{"mode":"fifo"}}"#, key: "a") == Line.wholeEndpoint)
        #expect(try line(perKey) == Line.wholeEndpoint)
        #expect(try line(perKey, key: "a") == line(perKey, key: "a"))
        #expect(try line(perKey, key: "a") != line(perKey, key: "b"))
        let pointer = #"{"order":{"mode":"fifo-per-key","key":{"from":"pointer","pointer":"/order/id"}}}"#
        #expect(try line(pointer) == line(perKey, key: "o1"))
        let header = #"{"order":{"mode":"fifo-per-key","key":{"from":"header","header":"X-Tenant"}}}"#
        #expect(try line(header, header: "o1") == line(perKey, key: "o1"))
        #expect(JSONPointer("/n/1/x~0~1y")?.text(in: payload) == "true")
        #expect(JSONPointer("/n/01")?.text(in: payload) == nil)
        #expect(JSONPointer("/n~2") == nil)
    }
}
