// Moments as people read them.

public enum UTCTime {
    /// RFC 3339 in UTC, to the millisecond: 2026-11-20T22:02:45.602Z.
    /// - Parameter nanoseconds: since 1970-01-01 UTC; moments before it count as it.
    public static func text(nanoseconds: Int64) -> String {
        let milliseconds = Int(max(0, nanoseconds) / 1_000_000)
        let seconds = milliseconds / 1000
        let (year, month, day) = date(daysSince1970: seconds / 86_400)
        let time = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map { padded($0, to: 2) }
        return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))T"
            + time.joined(separator: ":") + "." + padded(milliseconds % 1000, to: 3) + "Z"
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The Gregorian date of a day: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    private static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
