// The Gregorian calendar (days from civil: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").

struct Calendar {
    let nanoseconds: Int
    let offsetSeconds: Int
    private(set) var zone = TimeZone.utc
    /// What the zone is called at the time: `CEST`.
    private(set) var abbreviation = "UTC"
    let year: Int
    let month: Int
    let day: Int
    /// Within the day.
    let secondOfDay: Int
    let daysSince1970: Int

    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    var hour: Int { secondOfDay / 3600 }
    var minute: Int { secondOfDay / 60 % 60 }
    var second: Int { secondOfDay % 60 }
    /// From 1.
    var dayOfYear: Int { daysSince1970 - Calendar.days(year: year, month: 1, day: 1) + 1 }
    /// Nanoseconds within the second.
    var fraction: Int { Calendar.modulo(nanoseconds, 1_000_000_000) }
    var weekday: Int { Calendar.modulo(daysSince1970 + 4, 7) }

    /// A moment as clocks in a zone show it.
    init(nanoseconds: Int, zone: TimeZone = .utc) {
        let period = zone.period(at: Calendar.floor(nanoseconds, 1_000_000_000))
        self.init(nanoseconds: nanoseconds, adding: period.offsetSeconds)
        self.zone = zone
        abbreviation = period.abbreviation
    }

    /// A moment as a clock shows it that is so many seconds ahead of UTC.
    init(nanoseconds: Int, adding offsetSeconds: Int) {
        self.nanoseconds = nanoseconds
        self.offsetSeconds = offsetSeconds
        let seconds = Calendar.floor(nanoseconds, 1_000_000_000) + offsetSeconds
        daysSince1970 = Calendar.floor(seconds, 86_400)
        secondOfDay = Calendar.modulo(seconds, 86_400)
        (year, month, day) = Calendar.civil(daysSince1970)
    }

    private static func floor(_ a: Int, _ b: Int) -> Int { a >= 0 || a % b == 0 ? a / b : a / b - 1 }
    private static func modulo(_ a: Int, _ b: Int) -> Int { let rest = a % b; return rest < 0 ? rest + b : rest }

    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = floor(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = floor(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func days(inMonth month: Int, of year: Int) -> Int {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Nanoseconds since 1970 of a civil time; nil outside of what 64 bits hold.
    static func nanoseconds(days: Int, secondOfDay: Int, fraction: Int) -> Int? {
        let (seconds, first) = days.multipliedReportingOverflow(by: 86_400)
        let (all, second) = seconds.addingReportingOverflow(secondOfDay)
        if first || second { return nil }
        // Before 1970 the fraction is taken off the next second, which 64 bits may hold when this one they do not.
        let isEarly = all < 0
        let (scaled, third) = (isEarly ? all + 1 : all).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, fourth) = scaled.addingReportingOverflow(isEarly ? fraction - 1_000_000_000 : fraction)
        return third || fourth ? nil : sum
    }

    /// Go's AddDate: months beyond the year carry over, days beyond the month too.
    func adding(years: Int, months: Int, days: Int) -> Int? {
        guard years.magnitude < 10_000, months.magnitude < 100_000, days.magnitude < 4_000_000 else { return nil }
        let month0 = month - 1 + months
        let carried = Calendar.floor(month0, 12)
        let first = Calendar.days(year: year + years + carried, month: month0 - carried * 12 + 1, day: 1)
        return Calendar.nanoseconds(days: first + day - 1 + days, secondOfDay: secondOfDay, fraction: fraction)
    }

    /// Whole years, months, days, hours, minutes and seconds between two moments, in whichever order, by the clocks of
    /// the first one's zone.
    static func difference(_ a: Calendar, _ other: Calendar) -> Value {
        let b = Calendar(nanoseconds: other.nanoseconds, zone: a.zone)
        let (early, late) = a.nanoseconds <= b.nanoseconds ? (a, b) : (b, a)
        var year = late.year - early.year
        var month = late.month - early.month
        var day = late.day - early.day
        var hour = late.hour - early.hour
        var minute = late.minute - early.minute
        var second = late.second - early.second
        if second < 0 { second += 60; minute -= 1 }
        if minute < 0 { minute += 60; hour -= 1 }
        if hour < 0 { hour += 24; day -= 1 }
        if day < 0 {
            day += days(inMonth: early.month, of: early.year)
            month -= 1
        }
        if month < 0 { month += 12; year -= 1 }
        return .array([year, month, day, hour, minute, second].map { .int($0) })
    }
}

// Reading durations.
extension Calendar {
    /// Go's ParseDuration: `1h15m30.918s`, with an optional sign.
    static func parseDuration(_ text: String) -> Int? {
        var rest = text[...]
        let isNegative = rest.hasPrefix("-")
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest = rest.dropFirst() }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { return nil }
        var total = Value.int(0)
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            let padded = (number.hasPrefix(".") ? "0" : "") + number + (number.hasSuffix(".") ? "0" : "")
            guard number != ".", let scale = units[String(unit)], let amount = Decimal.parse(trimmed(padded)),
                let part = try? Arithmetic.multiply(amount, .int(scale)),
                let sum = try? Arithmetic.add(total, Arithmetic.round(part, .down))
            else { return nil }
            total = sum
        }
        guard case .int(let nanoseconds) = isNegative ? Arithmetic.negate(total) : total else { return nil }
        return nanoseconds
    }

    private static func trimmed(_ number: String) -> [UInt8] {
        var digits = Array(number.utf8)
        while digits.count > 1, digits[0] == 48, digits[1] != 46 { digits.removeFirst() }
        return digits
    }

    private static let units: [String: Int] = [
        "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]
}
