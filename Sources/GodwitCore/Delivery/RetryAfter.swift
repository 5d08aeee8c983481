/// The `Retry-After` header of a response (RFC 9110 §10.2.3): either a number of seconds or a date.
package enum RetryAfter: Hashable, Sendable {
    case delay(Duration)
    case date(Instant)

    /// - Returns: nil when the text is neither digits nor an HTTP date; such a header is ignored.
    package init?(_ text: some StringProtocol) {
        let trimmed = text.trimmingSpaces
        if !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // More digits than any sensible delay has: saturate, the caller clamps.
            self = .delay(.seconds(Int64(trimmed) ?? Int64(Int32.max)))
        } else if let date = HTTPDate.parse(trimmed) {
            self = .date(date)
        } else {
            return nil
        }
    }

    /// How long to wait from `now`; zero for a date that has passed.
    package func delay(from now: Instant) -> Duration {
        switch self {
        case .delay(let delay): delay
        case .date(let date): max(.zero, date - now)
        }
    }
}

/// The three date forms of RFC 9110 §5.6.7, all of them in UTC.
package enum HTTPDate {
    package static func parse(_ text: some StringProtocol) -> Instant? {
        // `Sun, 06 Nov 1994 08:49:37 GMT` · `Sunday, 06-Nov-94 08:49:37 GMT` · `Sun Nov  6 08:49:37 1994`
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" })
        if fields.count == 6, fields[5] == "GMT" {
            guard let year = digits(fields[3]) else { return nil }
            return instant(
                day: fields[1], month: fields[2], year: fields[3].count == 2 ? (year < 70 ? 2000 + year : 1900 + year) : year,
                time: fields[4])
        }
        if fields.count == 5, let year = digits(fields[4]), fields[4].count == 4 {
            return instant(day: fields[2], month: fields[1], year: year, time: fields[3])
        }
        return nil
    }

    private static func instant(day: some StringProtocol, month: some StringProtocol, year: Int, time: some StringProtocol)
        -> Instant?
    {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false)
        guard
            let day = digits(day), (1...31).contains(day),
            let month = months.firstIndex(where: { $0 == month }), (1600...9999).contains(year),
            clock.count == 3, let hour = digits(clock[0]), let minute = digits(clock[1]), let second = digits(clock[2]),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let date = CivilDate(year: year, month: month + 1, day: day)
        let seconds = date.daysSince1970 * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return Instant(millisecondsSince1970: seconds * 1000)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func digits(_ text: some StringProtocol) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}

extension StringProtocol {
    var trimmingSpaces: SubSequence {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}
