import GodwitCore
import Testing

@Suite("Times") struct TimeTests {
    @Test(
        "are written in RFC 3339 with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_764_000_000_123, "2025-11-24T16:00:00.123Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
        ])
    func format(milliseconds: Int64, text: String) {
        #expect(RFC3339.format(Instant(millisecondsSince1970: milliseconds)) == text)
        #expect(RFC3339.parse(text) == Instant(millisecondsSince1970: milliseconds))
    }

    @Test(
        "are read with any offset and any number of fraction digits",
        arguments: [
            ("2025-11-24T16:00:00Z", 0), ("2025-11-25T01:00:00+09:00", 0), ("2025-11-24T11:00:00-05:00", 0),
            ("2025-11-24 16:00:00Z", 0), ("2025-11-24 16:00:00 UTC", 0), ("2025-11-24T16:00:00.25UTC", 250),
            ("2025-11-24t16:00:00.5z", 500), ("2025-11-24T16:00:00.123456789Z", 123), ("2025-11-24T16:00:00+00:00", 0),
        ])
    func parse(text: String, milliseconds: Int64) {
        #expect(RFC3339.parse(text) == Instant(millisecondsSince1970: 1_764_000_000_000 + milliseconds))
    }

    @Test(
        "that don't exist or aren't whole are refused",
        arguments: [
            "", "2025-11-24", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-11-24T24:00:00Z", "2025-11-24T16:00Z",
            "2025-11-24T16:00:00",
            "2025-11-24T16:00:00.Z", "2025-11-24T16:00:00Zx", "2025-11-24T16:00:00+9:00", "yesterday",
            "2025-11-24T16:00:00 Z", "2025-11-24T16:00:00  UTC", "2025-11-24T16:00:00 UTCx", "2025-11-24T16:00:00 GMT",
            // The year before 0000 and that behind 9999, in UTC.
            "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z",
        ])
    func malformed(text: String) { #expect(RFC3339.parse(text) == nil) }

    @Test(
        "beyond the years that can be written are shown as their end",
        arguments: [
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
            (.min, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59.999Z"), (.max, "9999-12-31T23:59:59.999Z"),
        ])
    func beyond(milliseconds: Int64, text: String) {
        #expect(RFC3339.format(Instant(millisecondsSince1970: milliseconds)) == text)
    }

    @Test("of every day of four centuries survive the way to a day number and back")
    func civilDates() {
        for day in stride(from: Int64(-80_000), through: 80_000, by: 1) {
            let date = CivilDate(daysSince1970: day)
            #expect(date.daysSince1970 == day && date.isValid)
        }
    }

    @Test("saturate instead of wrapping around")
    func saturation() {
        #expect(Instant(millisecondsSince1970: .max - 1) + .seconds(Int64.max) == .distantFuture)
        #expect(Instant(millisecondsSince1970: 5) + .seconds(1) == Instant(millisecondsSince1970: 1005))
    }
}
