// Layouts of times as Go writes them: the reference time, Mon Jan 2 15:04:05 MST 2006, in the form that is wanted.

/// A layout cut into its parts.
struct TimeLayout {
    enum Part: Equatable {
        case text([UInt8])
        case monthName(isLong: Bool)
        case weekdayName(isLong: Bool)
        case month(isPadded: Bool)
        case day(Padding)
        case dayOfYear(Padding)
        case hour
        case hour12(isPadded: Bool)
        case minute(isPadded: Bool)
        case second(isPadded: Bool)
        case year(isLong: Bool)
        case half(isUpper: Bool)
        case zoneName
        case offset(Offset)
        /// Digits after the second; without a fixed number, as many as it takes.
        case fraction(separator: UInt8, digits: Int, isFixed: Bool)
    }

    enum Padding { case none, space, zero }

    struct Offset: Equatable {
        /// `Z` for UTC.
        var hasZulu: Bool
        var hasColons = false
        var hasMinutes = true
        var hasSeconds = false
    }

    let parts: [Part]

    static let rfc3339 = "2006-01-02T15:04:05Z07:00"
    static let rfc3339Nano = "2006-01-02T15:04:05.999999999Z07:00"

    /// Layouts that have names.
    static let named = [
        "ANSIC": "Mon Jan _2 15:04:05 2006", "UnixDate": "Mon Jan _2 15:04:05 MST 2006",
        "RubyDate": "Mon Jan 02 15:04:05 -0700 2006", "RFC822": "02 Jan 06 15:04 MST",
        "RFC822Z": "02 Jan 06 15:04 -0700", "RFC850": "Monday, 02-Jan-06 15:04:05 MST",
        "RFC1123": "Mon, 02 Jan 2006 15:04:05 MST", "RFC1123Z": "Mon, 02 Jan 2006 15:04:05 -0700",
        "RFC3339": rfc3339, "RFC3339Nano": rfc3339Nano,
    ]

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// - Parameter text: a layout, or the name of one.
    init(_ text: String) {
        let layout = Array((TimeLayout.named[text] ?? text).utf8)
        var parts: [Part] = []
        var literal: [UInt8] = []
        var at = 0
        while at < layout.count {
            guard let (part, count) = TimeLayout.part(layout[at...]) else {
                literal.append(layout[at])
                at += 1
                continue
            }
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal = []
            parts.append(part)
            at += count
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
        self.parts = parts
    }

    /// The longest of these wins, so longer ones stand first.
    private static let words: [(word: [UInt8], part: Part)] =
        (plainWords + offsets(hasZulu: true) + offsets(hasZulu: false)).map { (Array($0.utf8), $1) }

    private static let plainWords: [(String, Part)] =
        [
            ("January", .monthName(isLong: true)), ("Jan", .monthName(isLong: false)),
            ("Monday", .weekdayName(isLong: true)), ("Mon", .weekdayName(isLong: false)), ("MST", .zoneName),
            ("002", .dayOfYear(.zero)), ("01", .month(isPadded: true)), ("02", .day(.zero)),
            ("03", .hour12(isPadded: true)), ("04", .minute(isPadded: true)), ("05", .second(isPadded: true)),
            ("06", .year(isLong: false)), ("15", .hour), ("1", .month(isPadded: false)), ("2006", .year(isLong: true)),
            ("2", .day(.none)), ("__2", .dayOfYear(.space)), ("_2", .day(.space)), ("3", .hour12(isPadded: false)),
            ("4", .minute(isPadded: false)), ("5", .second(isPadded: false)), ("PM", .half(isUpper: true)),
            ("pm", .half(isUpper: false)),
        ]

    private static func offsets(hasZulu: Bool) -> [(String, Part)] {
        let sign = hasZulu ? "Z" : "-"
        return [
            (sign + "070000", .offset(Offset(hasZulu: hasZulu, hasSeconds: true))),
            (sign + "07:00:00", .offset(Offset(hasZulu: hasZulu, hasColons: true, hasSeconds: true))),
            (sign + "0700", .offset(Offset(hasZulu: hasZulu))),
            (sign + "07:00", .offset(Offset(hasZulu: hasZulu, hasColons: true))),
            (sign + "07", .offset(Offset(hasZulu: hasZulu, hasMinutes: false))),
        ]
    }

    /// The part that a layout begins with, and how long it is; nil for a byte of text.
    private static func part(_ layout: ArraySlice<UInt8>) -> (Part, Int)? {
        guard let first = layout.first else { return nil }
        if first == UInt8(ascii: ".") || first == UInt8(ascii: ",") { return fraction(layout, first) }
        // In `_2006` the underscore is text.
        if layout.starts(with: "_2006".utf8) { return nil }
        for (word, part) in words where word[0] == first && layout.starts(with: word) {
            // A word goes on in `Janus` and `Month`.
            if part == .monthName(isLong: false) || part == .weekdayName(isLong: false) {
                if let next = layout.dropFirst(3).first, (97...122).contains(next) { return nil }
            }
            return (part, word.count)
        }
        return nil
    }

    /// `.000` or `.999`, unless another digit follows.
    private static func fraction(_ layout: ArraySlice<UInt8>, _ separator: UInt8) -> (Part, Int)? {
        guard let digit = layout.dropFirst().first, digit == 48 || digit == 57 else { return nil }
        let digits = layout.dropFirst().prefix { $0 == digit }.count
        if let next = layout.dropFirst(digits + 1).first, (48...57).contains(next) { return nil }
        return (.fraction(separator: separator, digits: digits, isFixed: digit == 48), digits + 1)
    }

    // MARK: Writing

    func text(of moment: Calendar) -> String {
        var out: [UInt8] = []
        for part in parts { append(part, moment, &out) }
        return String(decoding: out, as: UTF8.self)
    }

    private func append(_ part: Part, _ moment: Calendar, _ out: inout [UInt8]) {
        let hour12 = moment.hour % 12 == 0 ? 12 : moment.hour % 12
        switch part {
        case .text(let text): out += text
        case .monthName(let isLong): name(TimeLayout.months[moment.month - 1], isLong, &out)
        case .weekdayName(let isLong): name(Calendar.weekdays[moment.weekday], isLong, &out)
        case .month(let isPadded): number(moment.month, isPadded ? 2 : 1, &out)
        case .day(let padding): number(moment.day, 2, &out, padding)
        case .dayOfYear(let padding): number(moment.dayOfYear, 3, &out, padding)
        case .hour: number(moment.hour, 2, &out)
        case .hour12(let isPadded): number(hour12, isPadded ? 2 : 1, &out)
        case .minute(let isPadded): number(moment.minute, isPadded ? 2 : 1, &out)
        case .second(let isPadded): number(moment.second, isPadded ? 2 : 1, &out)
        case .year(let isLong): number(isLong ? moment.year : moment.year % 100, isLong ? 4 : 2, &out)
        case .half(let isUpper): out += (moment.hour < 12 ? isUpper ? "AM" : "am" : isUpper ? "PM" : "pm").utf8
        case .zoneName: out += moment.abbreviation.utf8
        case .offset(let offset): append(offset, moment.offsetSeconds, &out)
        case .fraction(let separator, let digits, let isFixed):
            var places: [UInt8] = []
            number(moment.fraction, 9, &places)
            // Beyond nanoseconds there is nothing to say.
            places.removeLast(9 - min(digits, 9))
            if !isFixed { while places.last == 48 { places.removeLast() } }
            if !places.isEmpty { out += [separator] + places }
        }
    }

    private func name(_ name: String, _ isLong: Bool, _ out: inout [UInt8]) {
        out += isLong ? Array(name.utf8) : Array(name.utf8.prefix(3))
    }

    private func number(_ number: Int, _ width: Int, _ out: inout [UInt8], _ padding: Padding = .zero) {
        let digits = Array(String(number.magnitude).utf8)
        let missing = padding == .none ? 0 : max(0, width - digits.count)
        out += [UInt8](repeating: padding == .space ? 32 : 48, count: missing) + digits
    }

    private func append(_ offset: Offset, _ seconds: Int, _ out: inout [UInt8]) {
        if offset.hasZulu, seconds == 0 {
            out.append(UInt8(ascii: "Z"))
            return
        }
        let distance = Int(seconds.magnitude)
        // Less than a minute west is not west where only minutes are shown.
        out.append(UInt8(ascii: seconds <= (offset.hasSeconds ? -1 : -60) ? "-" : "+"))
        number(distance / 3600, 2, &out)
        if offset.hasColons { out.append(UInt8(ascii: ":")) }
        if offset.hasMinutes { number(distance / 60 % 60, 2, &out) }
        if offset.hasSeconds {
            if offset.hasColons { out.append(UInt8(ascii: ":")) }
            number(distance % 60, 2, &out)
        }
    }
}
