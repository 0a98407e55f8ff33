// One structured line an event on stderr, ready for journald: logfmt, no colours, never a secret.

import Configuration
import Kernel
import Linux

/// Writes `time=… level=… event=… key=value …`. Values with spaces or quotes are quoted; control characters are escaped, so
/// that nobody's text can look like a line of its own.
struct Log {
    let least: Severity

    init(_ level: LogLevel) {
        least =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
    }

    func write(_ level: Severity, _ event: StaticString, _ fields: KeyValuePairs<String, String> = [:]) {
        guard level >= least else { return }
        var line = "time=\(Self.time(Clock.wall())) level=\(level) event=\(event)"
        for (key, value) in fields { line += " \(key)=\(Self.quoted(value))" }
        line += "\n"
        do {
            try File.writeAll(2, Array(line.utf8))
        } catch {
            // Nowhere is left to say it; ignoring.
        }
    }

    /// RFC 3339 in UTC with milliseconds. Days to dates after Howard Hinnant's civil_from_days.
    static func time(_ wall: Int64) -> String {
        let milliseconds = wall / 1_000_000
        let (days, rest) = (milliseconds / 86_400_000, milliseconds % 86_400_000)
        let z = days + 719_468
        let era = z / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let fraction = String(1_000 + rest % 1_000).dropFirst()
        return
            "\(year)-\(two(month))-\(two(day))T\(two(rest / 3_600_000)):\(two(rest / 60_000 % 60)):\(two(rest / 1_000 % 60)).\(fraction)Z"
    }

    static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "=" }
        guard !isPlain else { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _
            where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                || (0x2028...0x202E).contains(scalar.value):
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
