// What a check of the journal found, as text and as JSON.

import CommandLineInterface
import Crypto
import Journal
import JournalCheck
import JournalFile
import Wording

enum JournalReportText {
    static func lines(_ report: JournalReport) -> [String] {
        var lines = [
            "journal in \(report.directory)",
            "segments   \(report.segmentCount), \(Shown.bytes(UInt64(report.usedByteCount))) used of "
                + Shown.bytes(UInt64(report.fileByteCount)),
        ]
        let range = report.recordCount == 0 ? "" : ", sequence \(report.firstSequence) to \(report.lastSequence)"
        lines.append("records    \(report.recordCount)\(range)")
        lines.append("epochs     \(report.epochs.count)")
        lines.append("tree head  \(report.head.hexadecimal)")
        lines.append("signature  \(signature(report.signature))")
        return lines
    }

    private static func signature(_ signature: JournalReport.Signature) -> String {
        switch signature {
        case .valid(let size, _, let wall, let key):
            "valid for the first \(size) records, \(UTCTime.text(nanoseconds: wall)), key \(key.hexadecimal)"
        case .foreign(let key): "by another key, \(key.hexadecimal)"
        case .unconfirmed(let size, let key):
            "not confirmed: the first \(size) records are not those that \(key.hexadecimal) signed"
        case .unreadable: "unreadable"
        case .missing: "missing"
        }
    }

    static func json(_ report: JournalReport) -> JSONText {
        .members([
            ("folder", .text(report.directory)), ("sound", .boolean(report.isSound)),
            ("segments", .integer(Int64(report.segmentCount))), ("records", .unsigned(report.recordCount)),
            ("bytes_used", .integer(Int64(report.usedByteCount))),
            ("bytes_on_disk", .integer(Int64(report.fileByteCount))),
            ("first_sequence", .unsigned(report.firstSequence)), ("last_sequence", .unsigned(report.lastSequence)),
            ("epochs", .array(report.epochs.map(json))), ("tree_head", .text(report.head.hexadecimal)),
            ("signature", json(report.signature)), ("problems", .array(report.problems.map(json))),
            ("warnings", .array(report.warnings.map { .text($0.description) })),
        ])
    }

    private static func json(_ epoch: JournalReport.Epoch) -> JSONText {
        .object([
            ("epoch", .unsigned(epoch.epoch)), ("first_sequence", .unsigned(epoch.firstSequence)),
            ("last_sequence", .unsigned(epoch.lastSequence)),
        ])
    }

    private static func json(_ damage: JournalDamage) -> JSONText {
        .object([
            ("file", .text(damage.file)), ("offset", .integer(Int64(damage.offset))),
            ("sequence", .unsigned(damage.sequence)), ("what", .text(damage.description)),
        ])
    }

    private static func json(_ signature: JournalReport.Signature) -> JSONText {
        func object(_ state: String, size: UInt64?, _ key: Ed25519.PublicKey?) -> JSONText {
            .members([
                ("state", .text(state)), ("tree_size", size.map { .unsigned($0) }),
                ("public_key", key.map { .text($0.hexadecimal) }),
            ])
        }
        return switch signature {
        case .valid(let size, _, _, let key): object("valid", size: size, key)
        case .foreign(let key): object("foreign", size: nil, key)
        case .unconfirmed(let size, let key): object("unconfirmed", size: size, key)
        case .unreadable: object("unreadable", size: nil, nil)
        case .missing: object("missing", size: nil, nil)
        }
    }
}
