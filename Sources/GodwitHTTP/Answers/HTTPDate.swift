import GodwitCore

/// The `Date` header's form of a time (RFC 9110 §5.6.7): `Tue, 24 Nov 2026 10:20:30 GMT`.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter now: not before 1970, which was a Thursday.
    static func format(_ now: Instant) -> String {
        let seconds = max(0, now.secondsSince1970)
        let day = seconds / 86_400
        let date = CivilDate(daysSince1970: day)
        let time = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map(twoDigits).joined(separator: ":")
        return "\(days[Int(day % 7)]), \(twoDigits(Int64(date.day))) \(months[date.month - 1]) \(date.year) \(time) GMT"
    }

    private static func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
