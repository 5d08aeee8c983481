/// Timestamps of the API: RFC 3339, written in UTC with `Z` and milliseconds, read with any offset.
package enum RFC3339 {
    /// What four digits of a year can name in UTC, in milliseconds since 1970: the years 0000 to 9999.
    private static let milliseconds: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// `2026-11-24T10:20:30.123Z`. What lies beyond the years that can be written is shown as their end.
    package static func format(_ instant: Instant) -> String {
        let range = Self.milliseconds
        let milliseconds = min(max(instant.millisecondsSince1970, range.lowerBound), range.upperBound)
        let days = (milliseconds >= 0 ? milliseconds : milliseconds - 86_399_999) / 86_400_000
        let date = CivilDate(daysSince1970: days)
        let ofDay = Int(milliseconds - days * 86_400_000)
        return unsafe String(unsafeUninitializedCapacity: 24) { bytes in
            func put(_ value: Int, _ digits: Int, at position: Int) {
                var value = value
                for index in (position..<position + digits).reversed() {
                    unsafe bytes[index] = UInt8(ascii: "0") + UInt8(value % 10)
                    value /= 10
                }
            }
            put(date.year, 4, at: 0)
            put(date.month, 2, at: 5)
            put(date.day, 2, at: 8)
            put(ofDay / 3_600_000, 2, at: 11)
            put(ofDay / 60_000 % 60, 2, at: 14)
            put(ofDay / 1000 % 60, 2, at: 17)
            put(ofDay % 1000, 3, at: 20)
            for (index, separator) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (23, "Z")]
                as [(Int, Unicode.Scalar)]
            {
                unsafe bytes[index] = UInt8(ascii: separator)
            }
            return 24
        }
    }

    /// Digits beyond the millisecond are dropped. A space may stand in place of `T` (RFC 3339 §5.6, note), and `UTC` of `Z`.
    /// An offset must not lead out of the years that can be written.
    package static func parse(_ text: String) -> Instant? {
        var bytes = Array(text.utf8)[...]
        func number(_ digits: Int) -> Int? {
            guard bytes.count >= digits else { return nil }
            var value = 0
            for byte in bytes.prefix(digits) {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            bytes.removeFirst(digits)
            return value
        }
        func take(_ choices: String) -> UInt8? {
            guard let first = bytes.first, choices.utf8.contains(first) else { return nil }
            bytes.removeFirst()
            return first
        }
        guard
            let year = number(4), take("-") != nil, let month = number(2), take("-") != nil, let day = number(2),
            take("Tt ") != nil,
            let hour = number(2), take(":") != nil, let minute = number(2), take(":") != nil, let second = number(2)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard date.isValid, hour < 24, minute < 60, second <= 60 else { return nil }
        var milliseconds = 0
        if take(".") != nil {
            var scale = 100
            guard let first = number(1) else { return nil }
            milliseconds = first * scale
            while let digit = number(1) {
                scale /= 10
                milliseconds += digit * scale
            }
        }
        var offsetMinutes = 0
        if bytes.elementsEqual("UTC".utf8) || bytes.elementsEqual(" UTC".utf8) {
            bytes = []
        } else if take("Zz") == nil {
            guard let sign = take("+-"), let hours = number(2), take(":") != nil, let minutes = number(2), hours < 24,
                minutes < 60
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
        }
        guard bytes.isEmpty else { return nil }
        let seconds = date.daysSince1970 * 86_400 + Int64(hour * 3600 + (minute - offsetMinutes) * 60 + second)
        let sum = seconds * 1000 + Int64(milliseconds)
        return Self.milliseconds.contains(sum) ? Instant(millisecondsSince1970: sum) : nil
    }
}
