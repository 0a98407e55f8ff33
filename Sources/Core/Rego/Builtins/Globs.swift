// glob.match. `*` and `?` stop at delimiters, `**` crosses them; classes, ranges and alternatives. Matched by following
// all possibilities at once, so the time is bounded by text times pattern whatever the pattern is.

extension Builtins {
    static let globs: [Builtin] = [
        Builtin("glob.match", [.string, [.null, .array], .string], .boolean) {
            (arguments, context) throws(BuiltinError) in
            let pattern = try arguments.string(0)
            let text = try arguments.string(2)
            var delimiters: Set<Unicode.Scalar> = []
            if case .array(let items) = arguments[1] {
                for item in items {
                    guard case .string(let string) = item, string.unicodeScalars.count == 1,
                        let scalar = string.unicodeScalars.first
                    else { throw BuiltinError(kind: .type, message: "operand 2 must be array of single characters") }
                    delimiters.insert(scalar)
                }
                if items.isEmpty { delimiters = ["."] }
            } else if case .null = arguments[1] {
            } else {
                throw arguments.wrong(1, [.null, .array])
            }
            let (work, overflow) = (text.utf8.count + 1).multipliedReportingOverflow(by: pattern.utf8.count + 1)
            try context.charge(overflow ? .max : work / 8)
            guard let glob = Glob(pattern) else { throw .failed("illegal glob pattern \(pattern)") }
            return .bool(glob.matches(text, delimiters))
        },
        Builtin("glob.quote_meta", [.string], .string) { (arguments, _) throws(BuiltinError) in
            let special: Set<Unicode.Scalar> = ["*", "?", "\\", "[", "]", "{", "}"]
            return .string(
                Bytes.string(
                    try arguments.string(0).unicodeScalars.flatMap { special.contains($0) ? ["\\", $0] : [$0] }))
        },
    ]
}

/// A pattern as a small nondeterministic automaton.
struct Glob {
    private enum Step {
        case scalar(Unicode.Scalar)
        case oneUndelimited
        /// Stays here for any scalar (crossing) or any that is no delimiter.
        case many(crossing: Bool)
        case oneOf([ClosedRange<Unicode.Scalar>], negated: Bool)
        /// Goes on at any of these places.
        case fork([Int])
        case jump(Int)
        case end
    }

    private var steps: [Step] = []
    private static let depthMax = 16

    init?(_ pattern: String) {
        let scalars = Array(pattern.unicodeScalars)
        var at = 0
        guard compile(scalars, &at, depth: 0), at == scalars.count else { return nil }
        steps.append(.end)
    }

    /// Compiles up to the end, or inside braces up to a comma or the closing brace.
    private mutating func compile(_ pattern: [Unicode.Scalar], _ at: inout Int, depth: Int) -> Bool {
        while at < pattern.count {
            switch pattern[at] {
            case "*":
                let crossing = at + 1 < pattern.count && pattern[at + 1] == "*"
                at += crossing ? 2 : 1
                steps.append(.many(crossing: crossing))
                continue
            case "?": steps.append(.oneUndelimited)
            case "\\":
                at += 1
                guard at < pattern.count else { return false }
                steps.append(.scalar(pattern[at]))
            case "[": guard compileClass(pattern, &at) else { return false }
            case "{":
                guard depth < Glob.depthMax, compileAlternatives(pattern, &at, depth: depth + 1) else { return false }
                continue
            case ",", "}":
                if depth > 0 { return true }
                steps.append(.scalar(pattern[at]))
            default: steps.append(.scalar(pattern[at]))
            }
            at += 1
        }
        return depth == 0
    }

    /// Stands on `[`; ends on `]`. One range, or characters among which a dash is nothing special.
    private mutating func compileClass(_ pattern: [Unicode.Scalar], _ at: inout Int) -> Bool {
        at += 1
        let negated = at < pattern.count && pattern[at] == "!"
        if negated { at += 1 }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        if at + 2 < pattern.count, pattern[at + 1] == "-" {
            guard pattern[at] <= pattern[at + 2] else { return false }
            ranges = [pattern[at]...pattern[at + 2]]
            at += 3
            guard at < pattern.count, pattern[at] == "]" else { return false }
        } else {
            while at < pattern.count, pattern[at] != "]" {
                if pattern[at] == "\\" { at += 1 }
                guard at < pattern.count else { return false }
                ranges.append(pattern[at]...pattern[at])
                at += 1
            }
        }
        steps.append(.oneOf(ranges, negated: negated))
        return at < pattern.count && !ranges.isEmpty
    }

    /// Stands on `{`; ends after `}`.
    private mutating func compileAlternatives(_ pattern: [Unicode.Scalar], _ at: inout Int, depth: Int) -> Bool {
        let fork = steps.count
        steps.append(.fork([]))
        var starts: [Int] = []
        var jumps: [Int] = []
        repeat {
            at += 1
            starts.append(steps.count)
            guard compile(pattern, &at, depth: depth), at < pattern.count else { return false }
            jumps.append(steps.count)
            steps.append(.jump(0))
        } while pattern[at] == ","
        at += 1
        steps[fork] = .fork(starts)
        for jump in jumps { steps[jump] = .jump(steps.count) }
        return true
    }

    func matches(_ text: String, _ delimiters: Set<Unicode.Scalar>) -> Bool {
        var current = Places(count: steps.count)
        enter(0, &current)
        var next = Places(count: steps.count)
        for scalar in text.unicodeScalars {
            if current.list.isEmpty { return false }
            for place in current.list { advance(place, scalar, delimiters, &next) }
            swap(&current, &next)
            next.removeAll()
        }
        return current.isThere[steps.count - 1]
    }

    /// Places of the pattern, each once.
    private struct Places {
        private(set) var list: [Int] = []
        private(set) var isThere: [Bool]

        init(count: Int) { isThere = [Bool](repeating: false, count: count) }

        mutating func insert(_ place: Int) {
            if isThere[place] { return }
            isThere[place] = true
            list.append(place)
        }

        mutating func removeAll() {
            for place in list { isThere[place] = false }
            list.removeAll(keepingCapacity: true)
        }
    }

    /// Adds a place and all that can be reached from it without a scalar. The list itself says what is still to be
    /// looked at, so that no pattern takes stack.
    private func enter(_ place: Int, _ places: inout Places) {
        var looked = places.list.count
        places.insert(place)
        while looked < places.list.count {
            let place = places.list[looked]
            looked += 1
            switch steps[place] {
            case .many: places.insert(place + 1)
            case .fork(let starts): for start in starts { places.insert(start) }
            case .jump(let target): places.insert(target)
            default: break
            }
        }
    }

    private func advance(
        _ place: Int, _ scalar: Unicode.Scalar, _ delimiters: Set<Unicode.Scalar>, _ next: inout Places
    ) {
        switch steps[place] {
        case .scalar(let wanted): if wanted == scalar { enter(place + 1, &next) }
        case .oneUndelimited: if !delimiters.contains(scalar) { enter(place + 1, &next) }
        case .many(let crossing): if crossing || !delimiters.contains(scalar) { enter(place, &next) }
        case .oneOf(let ranges, let negated):
            if ranges.contains(where: { $0.contains(scalar) }) != negated { enter(place + 1, &next) }
        case .fork, .jump, .end: break
        }
    }
}
