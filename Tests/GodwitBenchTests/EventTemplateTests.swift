import GodwitBench
import GodwitCore
import Testing

struct EventTemplateTests {
    private static let run = EventTemplate.RunID(rawValue: 0x00AB_CDEF_0123_4567)

    private static func event(sequence: String, sentAt: String, measured: String) -> [UInt8] {
        var bytes = EventTemplate(run: run, payloadBytes: 512).bytes
        bytes.replaceSubrange(EventTemplate.sequenceOffset..<(EventTemplate.sequenceOffset + 12), with: Array(sequence.utf8))
        bytes.replaceSubrange(EventTemplate.sentAtOffset..<(EventTemplate.sentAtOffset + 19), with: Array(sentAt.utf8))
        bytes.replaceSubrange(EventTemplate.measuredOffset...EventTemplate.measuredOffset, with: Array(measured.utf8))
        return bytes
    }

    private func arrived(_ bytes: [UInt8]) -> ArrivedEvent? { ArrivedEvent(bytes.span) }

    @Test("has exactly the wanted size and is JSON", arguments: [107, 160, 512, 100_000])
    func size(bytes: Int) throws {
        let payload = EventTemplate(run: Self.run, payloadBytes: bytes).bytes
        #expect(payload.count == bytes)
        #expect(try JSONValue.parse(payload)["run"] == .string("00abcdef01234567"))
    }

    @Test("is read back as it was filled in")
    func readsBack() throws {
        let bytes = Self.event(sequence: "000000000042", sentAt: "0001234567890123456", measured: "1")
        let event = try #require(arrived(bytes))
        #expect(event.run == Self.run && event.sequence == 42 && event.sentAt == 1_234_567_890_123_456 && event.isMeasured)
    }

    @Test("is refused when any field isn't what the template has", arguments: [0, 9, 30, 38, 49, 55, 62, 80, 85, 95])
    func refusesChanges(offset: Int) {
        var bytes = Self.event(sequence: "000000000042", sentAt: "0001234567890123456", measured: "0")
        bytes[offset] = UInt8(ascii: "!")
        #expect(arrived(bytes) == nil)
    }

    @Test("is refused when it is too short, or its number is beyond the limit")
    func refusesOthers() {
        #expect(arrived(Array("{}".utf8)) == nil)
        #expect(arrived(Self.event(sequence: "999999999999", sentAt: "0001234567890123456", measured: "0")) == nil)
    }

    @Test("names a run in 16 digits", arguments: [0, 1, 0xFF, UInt64.max])
    func runText(value: UInt64) {
        let run = EventTemplate.RunID(rawValue: value)
        #expect(run.text.count == 16 && EventTemplate.RunID(text: run.text) == run)
    }
}
