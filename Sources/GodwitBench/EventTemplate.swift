import GodwitCore

/// The payload of a benchmark's event: JSON with fields of fixed width, so that sending patches digits and receiving reads them.
///
/// `{"run":"0f…","sequence":"000000000042","sentAt":"0000000123456789000","measured":"1","pad":"…"}`
package struct EventTemplate: Sendable {
    /// The whole payload, of the wanted size, with zeros in its fields.
    package let bytes: [UInt8]

    /// Which run an event belongs to. Another run's late retries must not count in this one.
    package struct RunID: Hashable, Sendable {
        package let rawValue: UInt64

        package init(rawValue: UInt64) { self.rawValue = rawValue }

        package init?(text: String) {
            guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
            rawValue = value
        }

        /// 16 hexadecimal digits.
        package var text: String {
            let digits = String(rawValue, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    package static let runOffset = 8
    package static let sequenceOffset = 38
    package static let sequenceDigits = 12
    package static let sentAtOffset = 62
    package static let sentAtDigits = 19
    package static let measuredOffset = 95
    /// Bytes with an empty `pad`.
    package static let bytesMin = 107

    package init(run: RunID, payloadBytes: Int) {
        let fields = #"{"run":"\#(run.text)","sequence":"000000000000","sentAt":"0000000000000000000","measured":"0","pad":""#
        let padding = repeatElement(UInt8(ascii: "x"), count: max(0, payloadBytes - Self.bytesMin))
        bytes = Array(fields.utf8) + padding + Array(#""}"#.utf8)
    }
}

/// What the sink reads from a payload.
package struct ArrivedEvent: Hashable, Sendable {
    package let run: EventTemplate.RunID
    package let sequence: Int
    /// Nanoseconds of this machine's monotonic clock, as the sender read it.
    package let sentAt: UInt64
    /// False for what was sent during the warm-up.
    package let isMeasured: Bool

    /// - Returns: nil for anything that `EventTemplate` doesn't make.
    package init?(_ bytes: Span<UInt8>) {
        typealias Fields = EventTemplate
        guard bytes.count >= Fields.bytesMin,
            bytes.has(#"{"run":""#, at: 0), let run = bytes.value(at: Fields.runOffset, digits: 16, radix: 16),
            bytes.has(#"","sequence":""#, at: Fields.runOffset + 16),
            let sequence = bytes.value(at: Fields.sequenceOffset, digits: Fields.sequenceDigits, radix: 10),
            bytes.has(#"","sentAt":""#, at: Fields.sequenceOffset + Fields.sequenceDigits),
            let sentAt = bytes.value(at: Fields.sentAtOffset, digits: Fields.sentAtDigits, radix: 10),
            bytes.has(#"","measured":""#, at: Fields.sentAtOffset + Fields.sentAtDigits),
            let measured = bytes.value(at: Fields.measuredOffset, digits: 1, radix: 2),
            sequence < UInt64(Limits.benchmarkEvents)
        else { return nil }
        self.run = EventTemplate.RunID(rawValue: run)
        self.sequence = Int(sequence)
        self.sentAt = sentAt
        isMeasured = measured == 1
    }
}

extension Span<UInt8> {
    fileprivate func has(_ text: StaticString, at offset: Int) -> Bool {
        for index in 0..<text.utf8CodeUnitCount where unsafe self[offset + index] != text.utf8Start[index] { return false }
        return true
    }

    fileprivate func value(at offset: Int, digits: Int, radix: UInt64) -> UInt64? {
        var value: UInt64 = 0
        for index in offset..<(offset + digits) {
            let byte = self[index]
            let digit =
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
                case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
                default: UInt64.max
                }
            guard digit < radix else { return nil }
            value = value &* radix &+ digit
        }
        return value
    }
}
