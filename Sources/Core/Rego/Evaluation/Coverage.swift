// Which lines of policies ran: what a test run tells about its own completeness.

/// The lines of a set of modules that an observer saw run, and those that it did not.
public struct Coverage: Sendable, Equatable {
    /// One file; only lines on which a rule or a literal begins count.
    public struct File: Sendable, Equatable {
        public let name: String
        /// Ranges of lines that ran as a whole: rules that had a value, literals that were evaluated.
        public let covered: [ClosedRange<Int>]
        /// Ranges of lines with something that never ran: a rule that never had a value, a literal never reached.
        public let uncovered: [ClosedRange<Int>]
        public let linesCovered: Int
        public let linesUncovered: Int
    }

    /// In the order of their names.
    public let files: [File]

    /// The share of lines that ran, from 0 to 1; 1 when there is nothing to run.
    public var share: Double {
        let covered = files.reduce(0) { $0 + $1.linesCovered }
        let all = files.reduce(covered) { $0 + $1.linesUncovered }
        return all == 0 ? 1 : Double(covered) / Double(all)
    }

    /// The same for some of the files, for example all but the tests.
    public func filter(_ isWanted: (String) -> Bool) -> Coverage {
        Coverage(files: files.filter { isWanted($0.name) })
    }

    private init(files: [File]) { self.files = files }

    /// What `observer` saw of `policy`'s rules.
    public init(of policy: CompiledPolicy, by observer: Observer) {
        var lines: [String: [Int: Bool]] = [:]
        func mark(_ source: SourceFile, _ offset: Int, _ ran: Bool) {
            lines[source.name, default: [:]][source.location(offset).line, default: true] =
                ran && lines[source.name]?[source.location(offset).line] != false
        }
        for group in policy.program.groups {
            for rule in group.rules + [group.defaultRule].compactMap({ $0 }) {
                var next: CodeUnit? = rule
                while let unit = next {
                    let run = observer.runs[ObjectIdentifier(unit)]
                    mark(unit.source, unit.span.start, run?.held ?? false)
                    for (index, literal) in unit.literals.enumerated() {
                        mark(unit.source, literal.start, run?.literals[index] ?? false)
                    }
                    next = unit.otherwise
                }
            }
        }
        files = lines.keys.sorted { $0.compareBytes(with: $1) < 0 }.map { name in
            let ran = lines[name] ?? [:]
            let covered = ran.filter(\.value).keys.sorted()
            let uncovered = ran.filter { !$0.value }.keys.sorted()
            return File(
                name: name, covered: Coverage.ranges(covered), uncovered: Coverage.ranges(uncovered),
                linesCovered: covered.count, linesUncovered: uncovered.count)
        }
    }

    /// Ascending numbers as ranges.
    private static func ranges(_ lines: [Int]) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for line in lines {
            if let last = ranges.last, last.upperBound == line - 1 {
                ranges[ranges.count - 1] = last.lowerBound...line
            } else {
                ranges.append(line...line)
            }
        }
        return ranges
    }
}
