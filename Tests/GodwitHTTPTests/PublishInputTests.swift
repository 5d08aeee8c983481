import GodwitCore
import Testing

@testable import GodwitHTTP

@Suite("The body of a publish") struct PublishInputTests {
    private func input(_ text: String) throws(ValidationError) -> PublishInput { try PublishInput(Array(text.utf8)) }

    private func locations(_ text: String) -> [String] {
        do {
            _ = try input(text)
            return []
        } catch {
            return error.errors.map { $0.location.joined(separator: ".") }
        }
    }

    @Test(
        "keeps the payload byte for byte",
        arguments: [
            "{}", "{ }", #"{"b":1, "a":2,"b":3}"#, #"{"n":1e400,"m":-0.0,"k":123456789012345678901234567890}"#,
            "{\n\t\"x\" : [ 1 ,2 ]\r\n}", #"{"u":"\u00e9\ud83d\ude00é😀\/"}"#, #"{"lone":"\ud800"}"#,
        ])
    func payload(payload: String) throws {
        #expect(try input(#" {"eventType":"a" , "payload":\#(payload) } "#).payload == Array(payload.utf8))
        #expect(try input(#"{"data":\#(payload),"eventType":"a"}"#).payload == Array(payload.utf8))
    }

    @Test("reads all fields, and takes null and [] for nothing")
    func fields() throws {
        let full = try input(
            #"""
            {"eventType":"a.b","eventId":"e","channels":["c:1","c:1","d"],"tags":["t/#"],"payload":{},"payloadRetentionPeriod":5,
             "unknown":[1]}
            """#)
        #expect(full.eventType == "a.b" && full.eventID == "e" && full.channels == ["c:1", "d"] && full.tags == ["t/#"])
        #expect(full.payloadRetention == .seconds(5 * 86_400))
        let bare = try input(
            #"{"eventType":"a","payload":{},"eventId":null,"channels":[],"tags":null,"deliverAt":null,"application":null}"#)
        #expect(bare.eventID == nil && bare.channels.isEmpty && bare.tags.isEmpty && bare.payloadRetention == nil)
    }

    @Test(
        "is refused field by field",
        arguments: [
            ("", ["body"]), ("[]", ["body"]), ("{", ["body"]), (#"{"eventType":"a","payload":{}}}"#, ["body"]),
            (#"{}"#, ["body.eventType", "body.payload"]), (#"{"eventType":"a","payload":[]}"#, ["body.payload"]),
            (#"{"eventType":"a","payload":"{}"}"#, ["body.payload"]), (#"{"eventType":"a","payload":null}"#, ["body.payload"]),
            (#"{"eventType":"a b","payload":{}}"#, ["body.eventType"]), (#"{"eventType":1,"payload":{}}"#, ["body.eventType"]),
            (#"{"eventType":"a","payload":{},"eventId":"msg_1"}"#, ["body.eventId"]),
            (#"{"eventType":"a","payload":{},"channels":"c"}"#, ["body.channels"]),
            (#"{"eventType":"a","payload":{},"channels":["c",7]}"#, ["body.channels.1"]),
            (#"{"eventType":"a","payload":{},"tags":["a b"]}"#, ["body.tags.0"]),
            (#"{"eventType":"a","payload":{},"payloadRetentionPeriod":0}"#, ["body.payloadRetentionPeriod"]),
            (#"{"eventType":"a","payload":{},"payloadRetentionPeriod":91}"#, ["body.payloadRetentionPeriod"]),
            (#"{"eventType":"a","payload":{},"deliverAt":"tomorrow"}"#, ["body.deliverAt"]),
            (#"{"eventType":"a","payload":{},"doNotDeliverAfter":1}"#, ["body.doNotDeliverAfter"]),
            (#"{"eventType":"a","payload":{},"orderingKey":""}"#, ["body.orderingKey"]),
            (#"{"eventType":"a","payload":{},"orderingKey":"a\nb"}"#, ["body.orderingKey"]),
            (#"{"eventType":"a","payload":{},"application":{}}"#, ["body.application.name"]),
            (#"{"eventType":"a","payload":{},"payloadRetentionHours":0}"#, ["body.payloadRetentionHours"]),
            (#"{"eventType":"a","payload":{},"payloadRetentionHours":2161}"#, ["body.payloadRetentionHours"]),
            (
                #"{"eventType":"a","payload":{},"payloadRetentionHours":1,"payloadRetentionPeriod":1}"#,
                ["body.payloadRetentionHours"]
            ),
            (#"{"eventType":"a","payload":{},"transformationsParams":{"x":1}}"#, ["body.transformationsParams.x"]),
            (
                #"{"eventType":"a","payload":{},"transformationsParams":{"rawPayload":{}}}"#,
                ["body.transformationsParams.rawPayload"]
            ),
            (
                #"{"eventType":"a","payload":{},"transformationsParams":{"headers":{"x-a":"b"}}}"#,
                ["body.transformationsParams.headers"]
            ),
            (
                #"{"eventType":"a","payload":{},"transformationsParams":{"headers":{"content-type":"a/b\r\nx: y"}}}"#,
                ["body.transformationsParams.headers"]
            ),
            (#"{"eventType":"a","payload":{"x":"\ud8"}}"#, ["body"]),
            ("{\"eventType\":\"a\",\"payload\":{\"x\":\"\t\"}}", ["body"]),
        ])
    func refused(text: String, expected: [String]) { #expect(locations(text) == expected) }

    @Test("a raw payload stands in the payload's place, and so may a content type")
    func rawPayload() throws {
        func raw(_ parameters: String) throws -> RawPayload? {
            try input(#"{"eventType":"a","payload":{"n":1},"transformationsParams":\#(parameters)}"#).raw
        }
        #expect(try raw("{}") == nil && raw("null") == nil && raw(#"{"rawPayload":null}"#) == nil)
        #expect(try raw(#"{"rawPayload":""}"#) == RawPayload(body: []))
        #expect(
            try raw(#"{"rawPayload":"<é/>","headers":{"Content-Type":"text/xml"}}"#)
                == RawPayload(body: Array("<é/>".utf8), contentType: "text/xml"))
        #expect(
            try raw(#"{"headers":{"content-type":"application/cloudevents+json"}}"#)
                == RawPayload(body: Array(#"{"n":1}"#.utf8), contentType: "application/cloudevents+json"))
    }

    @Test("limits hold at the limit, and not one past it")
    func limits() {
        func channels(_ count: Int) -> String {
            #"{"eventType":"a","payload":{},"channels":[\#((0..<count).map { "\"c\($0)\"" }.joined(separator: ","))]}"#
        }
        #expect(locations(channels(10)) == [] && locations(channels(11)) == ["body.channels"])
        func tags(_ count: Int) -> String {
            #"{"eventType":"a","payload":{},"tags":[\#((0..<count).map { "\"t\($0)\"" }.joined(separator: ","))]}"#
        }
        #expect(locations(tags(5)) == [] && locations(tags(6)) == ["body.tags"])
        func key(_ length: Int) -> String {
            #"{"eventType":"a","payload":{},"orderingKey":"\#(String(repeating: "k", count: length))"}"#
        }
        #expect(locations(key(256)) == [] && locations(key(257)) == ["body.orderingKey"])
        func type(_ length: Int) -> String { #"{"eventType":"\#(String(repeating: "t", count: length))","payload":{}}"# }
        #expect(locations(type(256)) == [] && locations(type(257)) == ["body.eventType"])
        func nested(_ depth: Int) -> String {
            let open = String(repeating: #"{"a":"#, count: depth)
            return #"{"eventType":"a","payload":\#(open)1\#(String(repeating: "}", count: depth))}"#
        }
        #expect(locations(nested(Limits.jsonDepth - 1)) == [] && locations(nested(Limits.jsonDepth)) == ["body"])
        #expect(locations(nested(10_000)) == ["body"])
    }

    @Test("says where JSON is broken, and shows none of it")
    func brokenJSON() {
        do {
            _ = try input(#"{"eventType":"secret-word" oops}"#)
            Issue.record("it was accepted")
        } catch {
            let first = error.errors.first
            #expect(first?.type == "value_error.jsondecode" && first?.message.contains("at byte 27") == true)
            #expect(first?.message.contains("secret-word") == false)
        }
    }

    @Test("text that is not UTF-8 is refused")
    func invalidUTF8() {
        let bytes = Array(#"{"eventType":"a","payload":{"x":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8)
        #expect(throws: ValidationError.self) { try PublishInput(bytes) }
    }
}
