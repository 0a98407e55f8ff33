// Reading a time in a layout, as Go's time.Parse does.

extension TimeLayout {
    /// What came of reading a time.
    enum Reading: Equatable {
        /// Nanoseconds since 1970.
        case nanoseconds(Int)
        /// A time that 64 bits of nanoseconds do not hold.
        case outOfRange
        case failed(String)
    }

    func read(_ text: String) -> Reading {
        var reader = Reader(text)
        for (index, part) in parts.enumerated() {
            guard reader.read(part, next: index + 1 < parts.count ? parts[index + 1] : nil) else {
                return .failed("parsing time \"\(text)\": cannot parse \"\(reader.rest)\"")
            }
            if let value = reader.outOfRange { return .failed("parsing time \"\(text)\": \(value) out of range") }
        }
        guard reader.isAtEnd else { return .failed("parsing time \"\(text)\": extra text: \"\(reader.rest)\"") }
        guard let (month, day) = reader.monthAndDay() else {
            return .failed("parsing time \"\(text)\": day out of range")
        }
        let days = Calendar.days(year: reader.year, month: month, day: day)
        let second = reader.hour24 * 3600 + reader.minute * 60 + reader.second - reader.offset
        return Calendar.nanoseconds(days: days, secondOfDay: second, fraction: reader.fraction).map { .nanoseconds($0) }
            ?? .outOfRange
    }

    private struct Reader {
        private var bytes: ArraySlice<UInt8>
        private(set) var year = 0
        private(set) var minute = 0
        private(set) var second = 0
        private(set) var fraction = 0
        /// Seconds east of Greenwich.
        private(set) var offset = 0
        /// What was read and cannot be.
        private(set) var outOfRange: String?
        private var month: Int?
        private var day: Int?
        private var dayOfYear: Int?
        private var hour = 0
        private var isAfternoon: Bool?

        init(_ text: String) { bytes = Array(text.utf8)[...] }

        var isAtEnd: Bool { bytes.isEmpty }
        var rest: String { String(decoding: bytes, as: UTF8.self) }

        var hour24: Int {
            switch isAfternoon {
            case true?: hour < 12 ? hour + 12 : hour
            case false?: hour == 12 ? 0 : hour
            case nil: hour
            }
        }

        /// False when the text does not go on as the layout does.
        mutating func read(_ part: Part, next: Part?) -> Bool {
            switch part {
            case .text(let text): return skip(text)
            case .monthName(let isLong):
                month = word(TimeLayout.months, isLong).map { $0 + 1 }
                return month != nil
            case .weekdayName(let isLong): return word(Calendar.weekdays, isLong) != nil
            case .year(let isLong): return readYear(isLong)
            case .month(let isPadded):
                month = number(isPadded)
                return check(month, 1...12, "month")
            case .day(let padding):
                if padding == .space { _ = take(" ") }
                day = number(padding == .zero)
                return day != nil
            case .dayOfYear(let padding):
                if padding == .space, take(" ") { _ = take(" ") }
                dayOfYear = digits(padding == .zero ? 3...3 : 1...3)
                return dayOfYear != nil
            case .hour: return set(\.hour, number(false), 0...23, "hour")
            case .hour12(let isPadded): return set(\.hour, number(isPadded), 0...12, "hour")
            case .minute(let isPadded): return set(\.minute, number(isPadded), 0...59, "minute")
            case .second(let isPadded):
                guard set(\.second, number(isPadded), 0...59, "second") else { return false }
                // A fraction may follow that the layout does not know of.
                if case .fraction = next { return true }
                return readFraction(.max, isOptional: true)
            case .fraction(_, let digits, let isFixed):
                return readFraction(isFixed ? digits : .max, isOptional: !isFixed)
            case .half(let isUpper):
                if take(isUpper ? "PM" : "pm") {
                    isAfternoon = true
                } else if take(isUpper ? "AM" : "am") {
                    isAfternoon = false
                } else {
                    return false
                }
                return true
            case .zoneName: return readZoneName()
            case .offset(let form): return readOffset(form)
            }
        }

        private mutating func set(
            _ field: WritableKeyPath<Reader, Int>, _ value: Int?, _ range: ClosedRange<Int>, _ name: String
        ) -> Bool {
            self[keyPath: field] = value ?? 0
            return check(value, range, name)
        }

        private mutating func check(_ value: Int?, _ range: ClosedRange<Int>, _ name: String) -> Bool {
            guard let value else { return false }
            if !range.contains(value) { outOfRange = name }
            return true
        }

        // MARK: Pieces of text

        private mutating func take(_ text: String) -> Bool {
            guard bytes.starts(with: text.utf8) else { return false }
            bytes = bytes.dropFirst(text.utf8.count)
            return true
        }

        /// A space in the layout stands for any number of them, none only at the end.
        private mutating func skip(_ text: [UInt8]) -> Bool {
            var text = text[...]
            while let wanted = text.first {
                if wanted == 32 {
                    if let next = bytes.first, next != 32 { return false }
                    text = text.drop { $0 == 32 }
                    bytes = bytes.drop { $0 == 32 }
                } else {
                    guard bytes.first == wanted else { return false }
                    text = text.dropFirst()
                    bytes = bytes.dropFirst()
                }
            }
            return true
        }

        private mutating func word(_ words: [String], _ isLong: Bool) -> Int? {
            for (index, word) in words.enumerated() {
                let wanted = isLong ? Array(word.utf8) : Array(word.utf8.prefix(3))
                if bytes.count >= wanted.count, zip(bytes, wanted).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
                    bytes = bytes.dropFirst(wanted.count)
                    return index
                }
            }
            return nil
        }

        private var digitCount: Int { bytes.prefix(10).prefix { (48...57).contains($0) }.count }

        private mutating func digits(_ count: ClosedRange<Int>) -> Int? {
            let found = min(digitCount, count.upperBound)
            guard found >= count.lowerBound else { return nil }
            let value = bytes.prefix(found).reduce(0) { $0 * 10 + Int($1 - 48) }
            bytes = bytes.dropFirst(found)
            return value
        }

        private mutating func number(_ isPadded: Bool) -> Int? { digits(isPadded ? 2...2 : 1...2) }

        // MARK: Fields

        private mutating func readYear(_ isLong: Bool) -> Bool {
            guard let number = digits(isLong ? 4...4 : 2...2) else { return false }
            year = isLong ? number : number + (number >= 69 ? 1900 : 2000)
            return true
        }

        /// A point or comma and so many digits, or all that are there.
        private mutating func readFraction(_ count: Int, isOptional: Bool) -> Bool {
            guard let first = bytes.first, first == UInt8(ascii: ".") || first == UInt8(ascii: ",") else {
                return isOptional
            }
            let found = bytes.dropFirst().prefix { (48...57).contains($0) }.prefix(count)
            guard count == .max ? !found.isEmpty : found.count == count else { return isOptional }
            var places = found.prefix(9).map { Int($0 - 48) }
            places += [Int](repeating: 0, count: 9 - places.count)
            fraction = places.reduce(0) { $0 * 10 + $1 }
            bytes = bytes.dropFirst(1 + found.count)
            return true
        }

        /// What looks like a zone's name. Only UTC says what it means, and GMT with an offset.
        private mutating func readZoneName() -> Bool {
            if take("UTC") || take("ChST") || take("MeST") { return true }
            if take("GMT") {
                if let hours = signedHours() { offset = hours * 3600 }
                return true
            }
            if bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") { return signedHours() != nil }
            let letters = bytes.prefix(6).prefix { (65...90).contains($0) }
            let isName =
                switch letters.count {
                case 3: true
                case 4: letters.last == UInt8(ascii: "T") || letters.elementsEqual("WITA".utf8)
                case 5: letters.last == UInt8(ascii: "T")
                default: false
                }
            if isName { bytes = bytes.dropFirst(letters.count) }
            return isName
        }

        private mutating func signedHours() -> Int? {
            let before = bytes
            let isWest = take("-")
            if isWest || take("+"), let hours = digits(1...9), hours <= 23 { return isWest ? -hours : hours }
            bytes = before
            return nil
        }

        private mutating func readOffset(_ form: Offset) -> Bool {
            if form.hasZulu, take("Z") {
                offset = 0
                return true
            }
            let isWest = take("-")
            guard isWest || take("+"), let hours = digits(2...2) else { return false }
            var seconds = hours * 3600
            if hours > 24 { outOfRange = "time zone offset hour" }
            for (isThere, unit) in [(form.hasMinutes, 60), (form.hasSeconds, 1)] where isThere {
                if form.hasColons, !take(":") { return false }
                guard let part = digits(2...2) else { return false }
                if part > 60 { outOfRange = "time zone offset" }
                seconds += part * unit
            }
            offset = isWest ? -seconds : seconds
            return true
        }

        /// Nil when there is no such day.
        func monthAndDay() -> (Int, Int)? {
            guard var rest = dayOfYear else {
                let month = month ?? 1
                let day = day ?? 1
                return (1...Calendar.days(inMonth: month, of: year)).contains(day) ? (month, day) : nil
            }
            guard rest >= 1, rest <= (Calendar.isLeap(year) ? 366 : 365) else { return nil }
            var found = 1
            while rest > Calendar.days(inMonth: found, of: year) {
                rest -= Calendar.days(inMonth: found, of: year)
                found += 1
            }
            return (month ?? found) == found && (day ?? rest) == rest ? (found, rest) : nil
        }
    }
}
