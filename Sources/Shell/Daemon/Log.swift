// One structured line an event on stderr, ready for journald: logfmt, no colours, never a secret.

import Configuration
import Kernel
import Linux
import Wording

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
        var line = "time=\(UTCTime.text(nanoseconds: Clock.wall())) level=\(level) event=\(event)"
        for (key, value) in fields { line += " \(key)=\(Self.quoted(value))" }
        line += "\n"
        do {
            try File.writeAll(2, Array(line.utf8))
        } catch {
            // Nowhere is left to say it; ignoring.
        }
    }

    static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "=" }
        guard !isPlain else { return value }
        return "\"\(value.printable(quotes: true))\""
    }
}
