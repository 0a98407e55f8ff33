// What an option or argument takes: how it is shown, checked and completed.

public enum ValueKind: Sendable, Hashable {
    case text
    /// A file; completed as such. `-` may stand for the standard streams where the summary says so.
    case file
    case folder
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])

    /// What is expected, as an error says it.
    var expected: String {
        switch self {
        case .text: "a text"
        case .file: "a file"
        case .folder: "a folder"
        case .integer(let range) where range.upperBound == .max: "a whole number, at least \(range.lowerBound)"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range) where range.upperBound == .infinity: "a number, at least \(range.lowerBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let names): "one of \(names.joined(separator: ", "))"
        }
    }

    func accepts(_ text: String) -> Bool {
        switch self {
        case .text: true
        case .file, .folder: !text.isEmpty
        case .integer(let range): Int(text).map(range.contains) ?? false
        case .number(let range): Double(text).map(range.contains) ?? false
        case .choice(let names): names.contains(text)
        }
    }
}
