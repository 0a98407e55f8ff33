// A table of text: aligned columns, shortened to a terminal's width, whole where it goes into a file or a pipe.

public struct Table: Sendable {
    public struct Column: Sendable {
        public enum Alignment: Sendable { case left, right }

        public let title: String
        public let alignment: Alignment
        /// May be shortened, with an ellipsis, where the terminal is too narrow.
        public let isFlexible: Bool

        public init(_ title: String, _ alignment: Alignment = .left, flexible: Bool = false) {
            self.title = title
            self.alignment = alignment
            isFlexible = flexible
        }
    }

    public let columns: [Column]
    public private(set) var rows: [[String]] = []
    /// The least width to which a column is shortened.
    private static let narrowest = 8
    private static let gap = "  "

    public init(_ columns: [Column]) {
        self.columns = columns
    }

    /// - Precondition: one cell for each column.
    public mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
        rows.append(cells.map(Self.printable))
    }

    /// - Parameter width: columns of the terminal; nothing shortens nothing.
    public func rendered(width: Int?, bold: Bool) -> String {
        let widths = widths(within: width)
        let heading = line(columns.map(\.title), widths)
        let lines = rows.map { line($0, widths) }
        return ([bold ? "\u{1B}[1m\(heading)\u{1B}[0m" : heading] + lines).map { $0 + "\n" }.joined()
    }

    private func widths(within limit: Int?) -> [Int] {
        var widths = columns.indices.map { column in
            ([columns[column].title] + rows.map { $0[column] }).map(\.count).max() ?? 0
        }
        guard let limit else { return widths }
        let available = limit - Self.gap.count * (columns.count - 1)
        // Takes from the widest flexible column, one by one, so that the wide ones end up equally wide.
        while widths.reduce(0, +) > available {
            let candidates = columns.indices.filter { columns[$0].isFlexible && widths[$0] > Self.narrowest }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = columns.indices.map { column in
            let cell = Self.shortened(cells[column], to: widths[column])
            let space = String(repeating: " ", count: widths[column] - cell.count)
            return columns[column].alignment == .left ? cell + space : space + cell
        }
        let line = padded.joined(separator: Self.gap)
        return String(line.reversed().drop { $0 == " " }.reversed())
    }

    private static func shortened(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }

    /// What agents and drivers name themselves must not move the cursor of who reads it.
    public static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
