// Zones of the system's time zone database: TZif files and the rules in their last line (RFC 9636).

internal import CZoneInfo

/// A zone: which offset from UTC holds when.
struct TimeZone {
    /// What holds for some while.
    struct Period {
        /// East of Greenwich.
        let offsetSeconds: Int
        let abbreviation: String

        static let utc = Period(offsetSeconds: 0, abbreviation: "UTC")
    }

    /// The part of a file with times of 64 bits, or of 32 in a file that is older than they are.
    fileprivate struct Table {
        let bytes: UnsafeRawBufferPointer
        let timeBytes: Int
        let times: Int
        let timeCount: Int
        let types: Int
        let typeCount: Int
        let names: Int
        let nameCount: Int
        let end: Int
    }

    private let table: Table?
    private let rule: DaylightRule?

    static var utc: TimeZone { TimeZone(table: nil, rule: nil) }

    private init(table: Table?, rule: DaylightRule?) {
        self.table = table
        self.rule = rule
    }

    /// A zone of the database, e.g. `Europe/Berlin`; nil when there is none of that name.
    init?(named name: String) {
        var name = name
        var count = 0
        let contents = name.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cam_zone_info($0.baseAddress, $0.count, &count) }
        }
        guard let contents else { return nil }
        self.init(file: UnsafeRawBufferPointer(start: contents, count: count))
    }

    /// The contents of a TZif file, which must stay where they are.
    init?(file: UnsafeRawBufferPointer) {
        guard let old = Table(file, at: 0, timeBytes: 4) else { return nil }
        guard file[4] >= UInt8(ascii: "2") else {
            self.init(table: old, rule: nil)
            return
        }
        guard let table = Table(file, at: old.end, timeBytes: 8) else { return nil }
        let line = file[table.end...].drop { $0 == 10 }.prefix { $0 != 10 }
        self.init(table: table, rule: DaylightRule(String(decoding: line, as: UTF8.self)))
    }

    /// What holds at a time in seconds since 1970.
    func period(at seconds: Int) -> Period {
        guard let table else { return .utc }
        var low = 0
        var high = table.timeCount
        // The first transition after the time is searched.
        while low < high {
            let middle = (low + high) / 2
            if table.time(middle) <= seconds { low = middle + 1 } else { high = middle }
        }
        if low == table.timeCount, let rule { return rule.period(at: seconds) }
        return table.period(low > 0 ? table.type(of: low - 1) : table.firstType)
    }
}

extension TimeZone.Table {
    init?(_ bytes: UnsafeRawBufferPointer, at start: Int, timeBytes: Int) {
        guard start + 44 <= bytes.count, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else { return nil }
        let counts = (0..<6).map { index in
            bytes[(start + 20 + 4 * index)..<(start + 24 + 4 * index)].reduce(0) { $0 << 8 | Int($1) }
        }
        let (leapCount, timeCount, typeCount, nameCount) = (counts[2], counts[3], counts[4], counts[5])
        guard counts.allSatisfy({ $0 <= bytes.count }), typeCount > 0 else { return nil }
        let times = start + 44
        let types = times + timeCount * (timeBytes + 1)
        let names = types + typeCount * 6
        let end = names + nameCount + leapCount * (timeBytes + 4) + counts[0] + counts[1]
        guard end <= bytes.count else { return nil }
        self.init(
            bytes: bytes, timeBytes: timeBytes, times: times, timeCount: timeCount, types: types, typeCount: typeCount,
            names: names, nameCount: nameCount, end: end)
    }

    func time(_ index: Int) -> Int {
        let start = times + index * timeBytes
        let bits = bytes[start..<(start + timeBytes)].reduce(0) { $0 << 8 | UInt64($1) }
        return timeBytes == 4 ? Int(Int32(truncatingIfNeeded: bits)) : Int(truncatingIfNeeded: bits)
    }

    func type(of transition: Int) -> Int { Int(bytes[times + timeCount * timeBytes + transition]) }

    private func isDaylight(_ type: Int) -> Bool { bytes[types + type * 6 + 4] != 0 }

    /// What holds before the first transition: type 0 when no transition leads to it, else the first standard time.
    var firstType: Int {
        let first = timeCount > 0 ? type(of: 0) : 0
        if (0..<timeCount).allSatisfy({ type(of: $0) != 0 }) { return 0 }
        if first < typeCount, isDaylight(first), let earlier = (0..<first).last(where: { !isDaylight($0) }) {
            return earlier
        }
        return (0..<typeCount).first { !isDaylight($0) } ?? 0
    }

    func period(_ type: Int) -> TimeZone.Period {
        guard type < typeCount else { return .utc }
        let start = types + type * 6
        let bits = bytes[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        let name = min(Int(bytes[start + 5]), nameCount)
        let text = bytes[(names + name)..<(names + nameCount)].prefix { $0 != 0 }
        return TimeZone.Period(
            offsetSeconds: Int(Int32(bitPattern: bits)), abbreviation: String(decoding: text, as: UTF8.self))
    }
}

/// `CET-1CEST,M3.5.0,M10.5.0/3`: standard time, daylight saving time, and when it begins and ends each year.
private struct DaylightRule {
    private enum Day {
        /// From 1; 29 February is not counted.
        case ofCommonYear(Int)
        /// From 0.
        case ofYear(Int)
        /// Of a month's week 1 to 5 (the last), a day from Sunday, 0.
        case ofWeek(month: Int, week: Int, weekday: Int)
    }

    private struct Change {
        let day: Day
        let second: Int

        /// Seconds since the year began, by the clock that runs before the change.
        func seconds(in year: Int) -> Int {
            switch day {
            case .ofCommonYear(let day): (day - 1 + (Calendar.isLeap(year) && day >= 60 ? 1 : 0)) * 86_400 + second
            case .ofYear(let day): day * 86_400 + second
            case .ofWeek(let month, let week, let weekday):
                (Calendar.days(year: year, month: month, day: 1) - Calendar.days(year: year, month: 1, day: 1)
                    + dayOfMonth(year, month, week, weekday)) * 86_400 + second
            }
        }

        private func dayOfMonth(_ year: Int, _ month: Int, _ week: Int, _ weekday: Int) -> Int {
            let first = (Calendar.days(year: year, month: month, day: 1) + 4) % 7
            let day = (weekday - (first + 7) % 7 + 7) % 7 + (week - 1) * 7
            return day < Calendar.days(inMonth: month, of: year) ? day : day - 7
        }
    }

    private let standard: TimeZone.Period
    private var daylight: TimeZone.Period?
    private var begin: Change?
    private var end: Change?

    init?(_ text: String) {
        var reader = Reader(bytes: Array(text.utf8))
        guard let name = reader.name(), let west = reader.time() else { return nil }
        standard = TimeZone.Period(offsetSeconds: -west, abbreviation: name)
        if reader.isAtEnd { return }
        guard let name = reader.name() else { return nil }
        var offset = 3600 - west
        if !reader.isAtEnd, !reader.isAt(",") {
            guard let west = reader.time() else { return nil }
            offset = -west
        }
        daylight = TimeZone.Period(offsetSeconds: offset, abbreviation: name)
        // What POSIX leaves open is the rule of the United States everywhere.
        if reader.isAtEnd { reader = Reader(bytes: Array(",M3.2.0,M11.1.0".utf8)) }
        guard reader.take(","), let begin = reader.change(), reader.take(","), let end = reader.change(), reader.isAtEnd
        else { return nil }
        self.begin = begin
        self.end = end
    }

    func period(at seconds: Int) -> TimeZone.Period {
        guard let daylight, let begin, let end else { return standard }
        let year = Calendar(nanoseconds: 0, adding: seconds).year
        let second = seconds - Calendar.days(year: year, month: 1, day: 1) * 86_400
        let first = begin.seconds(in: year) - standard.offsetSeconds
        let last = end.seconds(in: year) - daylight.offsetSeconds
        // South of the equator it ends earlier in the year than it begins.
        if last < first { return second >= last && second < first ? standard : daylight }
        return second >= first && second < last ? daylight : standard
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        var isAtEnd: Bool { at == bytes.count }
        func isAt(_ letter: Unicode.Scalar) -> Bool { at < bytes.count && bytes[at] == UInt8(ascii: letter) }

        mutating func take(_ letter: Unicode.Scalar) -> Bool {
            guard isAt(letter) else { return false }
            at += 1
            return true
        }

        /// Letters, or anything between angle brackets.
        mutating func name() -> String? {
            let isQuoted = take("<")
            let start = at
            while at < bytes.count, isQuoted ? !isAt(">") : (65...90).contains(bytes[at] & 0xDF) { at += 1 }
            let name = String(decoding: bytes[start..<at], as: UTF8.self)
            if isQuoted, !take(">") { return nil }
            return name.isEmpty ? nil : name
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let start = at
            var value = 0
            while at < bytes.count, at < start + 4, (48...57).contains(bytes[at]) {
                value = value * 10 + Int(bytes[at] - 48)
                at += 1
            }
            return at > start && range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time() -> Int? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard var seconds = number(0...167).map({ $0 * 3600 }) else { return nil }
            for unit in [60, 1] where take(":") {
                guard let part = number(0...59) else { return nil }
                seconds += part * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func change() -> Change? {
            let day: Day
            if take("M") {
                guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                    let weekday = number(0...6)
                else { return nil }
                day = .ofWeek(month: month, week: week, weekday: weekday)
            } else if take("J") {
                guard let number = number(1...365) else { return nil }
                day = .ofCommonYear(number)
            } else {
                guard let number = number(0...365) else { return nil }
                day = .ofYear(number)
            }
            guard take("/") else { return Change(day: day, second: 7200) }
            return time().map { Change(day: day, second: $0) }
        }
    }
}
