// Numbers, times and ids as camctl shows them to people.

import ABI
import ProtobufWire

enum Shown {
    /// 734 µs, 12.3 ms, 4.56 s, 3 min 5 s, 2 h 7 min, 4 d 3 h.
    static func duration(microseconds: UInt64) -> String {
        switch microseconds {
        case ..<1000: return "\(microseconds) µs"
        case ..<1_000_000: return decimal(Double(microseconds) / 1000) + " ms"
        case ..<60_000_000: return decimal(Double(microseconds) / 1_000_000) + " s"
        default: break
        }
        let seconds = microseconds / 1_000_000
        switch seconds {
        case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
        default: return "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
        }
    }

    /// 512 B, 1.50 KiB, 20.0 MiB.
    static func bytes(_ count: UInt64) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        var value = Double(count)
        guard count >= 1024 else { return "\(count) B" }
        var unit = -1
        while value >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        return decimal(value) + " " + units[unit]
    }

    /// A cost in the currency of the manifests: millionths, shown as a decimal fraction.
    static func cost(micros: UInt64) -> String {
        let fraction = String(micros % 1_000_000)
        return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }

    /// Three digits that count.
    private static func decimal(_ value: Double) -> String {
        switch value {
        case ..<9.995: fixed(value, digits: 2)
        case ..<99.95: fixed(value, digits: 1)
        default: fixed(value, digits: 0)
        }
    }

    private static func fixed(_ value: Double, digits: Int) -> String {
        let scale = [1, 10, 100][digits]
        let scaled = Int((value * Double(scale)).rounded())
        if digits == 0 { return String(scaled) }
        return "\(scaled / scale)." + padded(scaled % scale, to: digits)
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func labels(_ labels: [Label]) -> String {
        labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }

    /// A quantity that is not there is a dash, so that columns stay columns.
    static func orDash(_ text: String) -> String { text.isEmpty ? "-" : text }
}

extension DecisionID {
    /// `EPOCH-SEQUENCE`
    var shown: String { "\(epoch)-\(sequence)" }
}

extension DecisionID? {
    var shown: String { map(\.shown) ?? "-" }
}
