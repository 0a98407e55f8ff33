// The table of Package.swift, read from the manifest's text: what SwiftPM knows of it has no layers any more.

import Foundation

struct LayerTable {
    struct Row {
        let layer: String
        let name: String
        let imports: [String]
        let siblings: [String]

        /// Swift modules have no hyphens.
        static func module(_ target: String) -> String { target.replacingOccurrences(of: "-", with: "_") }
    }

    let rows: [Row]
    /// How often the table says `Row(`; as many rows must have been understood.
    let rowCount: Int

    init(manifest: String) {
        let table = manifest.range(of: "let rows: [Row] = [").map { manifest[$0.upperBound...] } ?? ""
        let end = table.range(of: "\n]")?.lowerBound ?? table.endIndex
        let pieces = table[..<end].components(separatedBy: "Row(").dropFirst()
        rowCount = pieces.count
        rows = pieces.compactMap { piece in
            guard let match = piece.firstMatch(of: /^\s*\.(\w+),\s*"([\w-]+)"/) else { return nil }
            return Row(
                layer: String(match.1), name: String(match.2), imports: Self.names(after: "imports:", in: piece),
                siblings: Self.names(after: "siblings:", in: piece))
        }
    }

    private static func names(after label: String, in row: String) -> [String] {
        guard let start = row.range(of: label)?.upperBound, let end = row[start...].firstIndex(of: "]") else {
            return []
        }
        return row[start..<end].matches(of: /"([\w-]+)"/).map { String($0.1) }
    }
}
