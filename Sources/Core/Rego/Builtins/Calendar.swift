// The Gregorian calendar (days from civil: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").

struct Calendar {
    let nanoseconds: Int
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
    var weekday: Int { Calendar.modulo(daysSince1970 + 4, 7) }

    init(nanoseconds: Int, offsetSeconds: Int) {
        self.nanoseconds = nanoseconds
        let seconds = Calendar.floor(nanoseconds, 1_000_000_000) + offsetSeconds
        daysSince1970 = Calendar.floor(seconds, 86_400)
        secondOfDay = Calendar.modulo(seconds, 86_400)
        (year, month, day) = Calendar.civil(daysSince1970)
    }

    private static func floor(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((-a + b - 1) / b) }
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
        let (scaled, third) = all.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, fourth) = scaled.addingReportingOverflow(fraction)
        return first || second || third || fourth ? nil : sum
    }

    /// Go's AddDate: months beyond the year carry over, days beyond the month too.
    func adding(years: Int, months: Int, days: Int) -> Int? {
        guard abs(years) < 10_000, abs(months) < 100_000, abs(days) < 4_000_000 else { return nil }
        let month0 = month - 1 + months
        let carried = Calendar.floor(month0, 12)
        let first = Calendar.days(year: year + years + carried, month: month0 - carried * 12 + 1, day: 1)
        return Calendar.nanoseconds(
            days: first + day - 1 + days, secondOfDay: secondOfDay,
            fraction: Calendar.modulo(nanoseconds, 1_000_000_000))
    }

    /// Whole years, months, days, hours, minutes and seconds between two moments, in whichever order.
    static func difference(_ a: Calendar, _ b: Calendar) -> Value {
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

// Reading times and durations.
extension Calendar {
    /// Nil when the text is no RFC 3339 time; an inner nil when 64 bits cannot hold it.
    static func parseRFC3339(_ text: String) -> Int?? {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), reader.take("T") || reader.take("t"), let hour = reader.digits(2),
            reader.take(":"), let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
            (1...12).contains(month), (1...days(inMonth: month, of: year)).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        var fraction = 0
        if reader.take(".") || reader.take(",") {
            guard let digits = reader.fraction() else { return nil }
            fraction = digits
        }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        let secondOfDay = hour * 3600 + minute * 60 + second - offset
        return .some(
            nanoseconds(days: days(year: year, month: month, day: day), secondOfDay: secondOfDay, fraction: fraction))
    }

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
                let part = try? Arithmetic.multiply(amount, .int(scale)), let sum = try? Arithmetic.add(total, part)
            else { return nil }
            total = sum
        }
        guard case .int(let nanoseconds) = Arithmetic.round(total, .down) else { return nil }
        return isNegative ? -nanoseconds : nanoseconds
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

private struct DigitReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { at == bytes.count }

    mutating func digits(_ count: Int) -> Int? {
        guard at + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[at..<(at + count)] {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        at += count
        return value
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    /// Digits after the point, as nanoseconds.
    mutating func fraction() -> Int? {
        var value = 0
        var scale = 1_000_000_000
        let start = at
        while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 {
            if scale > 1 {
                scale /= 10
                value += Int(bytes[at] - 48) * scale
            }
            at += 1
        }
        return at > start ? value : nil
    }

    /// `Z` or `±hh:mm`, in seconds east of Greenwich.
    mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hour = digits(2), take(":"), let minute = digits(2), hour < 24, minute < 60
        else { return nil }
        return (isWest ? -1 : 1) * (hour * 3600 + minute * 60)
    }
}
