// Terms. Parentheses stand where the tree needs them and nowhere else.

extension Printer {
    /// Where a term stands decides what must be in parentheses there.
    enum Place {
        /// Nothing must be.
        case statement
        /// Behind the brace of a body: what could be taken for a comprehension must be.
        case afterBrace
        /// Between commas: `k, v in xs` must be.
        case item
        /// First between brackets: both.
        case firstItem
        /// Where no operator may stand.
        case primary
    }

    /// An element of a list: a term, or a key and its value.
    enum Element {
        case term(Term)
        case member(Term, Term)

        var start: Int {
            switch self {
            case .term(let term), .member(let term, _): term.span.start
            }
        }

        var end: Int {
            switch self {
            case .term(let term), .member(_, let term): term.span.end
            }
        }
    }

    // MARK: Precedence

    /// Loosest first; what needs no parentheses anywhere is tightest.
    private static func tightness(_ term: Term) -> Int {
        guard case .call(.infix(let name), _) = term.kind else { return 6 }
        switch name {
        case "internal.member_3": return -1
        case "internal.member_2": return 0
        case "or": return 2
        case "and": return 3
        case "plus", "minus": return 4
        case "mul", "div", "rem": return 5
        default: return 1
        }
    }

    private static func sign(_ name: String) -> String {
        switch name {
        case "internal.member_2": "in"
        case "equal": "=="
        case "neq": "!="
        case "lt": "<"
        case "lte": "<="
        case "gt": ">"
        case "gte": ">="
        case "or": "|"
        case "and": "&"
        case "plus": "+"
        case "minus": "-"
        case "mul": "*"
        case "div": "/"
        default: "%"
        }
    }

    /// `a | …`: after a bracket it reads as the head of a comprehension.
    private static func looksLikeComprehension(_ term: Term) -> Bool {
        guard case .call(.infix(let name), let operands) = term.kind, tightness(term) >= 0 else { return false }
        if tightness(operands[0]) < tightness(term) { return name == "or" }
        if case .call(.infix, _) = operands[0].kind { return looksLikeComprehension(operands[0]) }
        return name == "or"
    }

    private static func needsParentheses(_ term: Term, in place: Place) -> Bool {
        switch place {
        case .statement: false
        case .afterBrace: looksLikeComprehension(term)
        case .item: tightness(term) < 0
        case .firstItem: tightness(term) < 0 || looksLikeComprehension(term)
        case .primary: tightness(term) < 6
        }
    }

    /// The term that is written first; nil where that is a parenthesis.
    static func leftmost(_ term: Term) -> Term? {
        switch term.kind {
        case .call(.infix(let name), let operands):
            let limit = name == "internal.member_3" ? 0 : tightness(term) - 1
            return tightness(operands[0]) > limit ? leftmost(operands[0]) : nil
        case .call(.named(let callee), _): return leftmost(callee)
        case .reference(let head, _):
            switch head.kind {
            case .reference, .call(.infix, _): return nil
            default: return leftmost(head)
            }
        default: return term
        }
    }

    // MARK: Terms

    mutating func put(_ term: Term, in place: Place) {
        if Printer.needsParentheses(term, in: place) {
            write("(")
            put(term, in: .statement)
            write(")")
            return
        }
        switch term.kind {
        case .scalar, .template: write(written(term.span))
        case .variable(let name): write(name)
        case .reference(let head, let path):
            if case .reference = head.kind {
                write("(")
                put(head, in: .statement)
                write(")")
            } else {
                put(head, in: .primary)
            }
            for operand in path { put(operand: operand) }
        case .call(.infix(let name), let operands): put(infix: name, operands)
        case .call(.named(let callee), let arguments):
            put(callee, in: .primary)
            putList("(", arguments.map { .term($0) }, ")", from: callee.span.end, to: term.span.end - 1)
        case .array(let items): putCollection("[", items.map { .term($0) }, "]", term.span)
        case .set(let items):
            if items.isEmpty { write("set()") } else { putCollection("{", items.map { .term($0) }, "}", term.span) }
        case .object(let members): putCollection("{", members.map { .member($0.key, $0.value) }, "}", term.span)
        case .comprehension(let comprehension): put(comprehension, term.span)
        }
    }

    /// `.name` or `[term]`.
    mutating func put(operand: Term) {
        if case .scalar(.string(let name)) = operand.kind, name.isWord {
            let first = source.bytes[operand.span.start]
            let isQuoted = first == UInt8(ascii: "\"") || first == UInt8(ascii: "`")
            if !isQuoted || TokenKind.keyword(name) == nil {
                write("." + name)
                return
            }
        }
        write("[")
        put(operand, in: .item)
        write("]")
    }

    private mutating func put(infix name: String, _ operands: [Term]) {
        if name == "internal.member_3" {
            putOperand(operands[0], tighterThan: 0)
            write(", ")
            putOperand(operands[1], tighterThan: 0)
            write(" in ")
            putOperand(operands[2], tighterThan: 0)
            return
        }
        let tightness = Printer.tightness(Term(.call(.infix(name), operands), .none))
        putOperand(operands[0], tighterThan: tightness - 1)
        write(" " + Printer.sign(name))
        guard line(operands[0].span.end - 1) < line(operands[1].span.start) else {
            write(" ")
            putOperand(operands[1], tighterThan: tightness)
            return
        }
        // The author went on on the next line.
        endOpening(at: operands[0].span.end - 1, before: operands[1].span.start)
        indent += 1
        reset(line: line(operands[1].span.start))
        writeComments(before: operands[1].span.start)
        putOperand(operands[1], tighterThan: tightness)
        indent -= 1
    }

    private mutating func putOperand(_ term: Term, tighterThan limit: Int) {
        put(term, in: Printer.tightness(term) > limit ? .statement : .primary)
    }

    // MARK: Lists

    private mutating func putCollection(_ open: String, _ elements: [Element], _ close: String, _ span: Span) {
        putList(open, elements, close, from: span.start + 1, to: span.end - 1)
    }

    /// - Parameters:
    ///   - start: where the opening bracket ends, or something before it on its line.
    ///   - end: where the closing bracket stands, or something before it.
    mutating func putList(_ open: String, _ elements: [Element], _ close: String, from start: Int, to end: Int) {
        write(open)
        guard let first = elements.first else {
            write(close)
            return
        }
        guard isSpread(elements, from: start, to: end) else {
            for (index, element) in elements.enumerated() {
                if index > 0 { write(", ") }
                put(element, isFirst: index == 0)
            }
            write(close)
            return
        }
        endOpening(at: start - 1, before: first.start)
        indent += 1
        beginBlock()
        for (index, element) in elements.enumerated() {
            if isAtLineStart {
                writeComments(before: element.start)
                keepBlankLine(before: line(element.start))
            }
            put(element, isFirst: index == 0)
            write(",")
            if index + 1 < elements.count, line(element.end - 1) == line(elements[index + 1].start) {
                write(" ")
            } else {
                endLine(after: element.end)
            }
        }
        writeComments(before: end)
        indent -= 1
        write(close)
    }

    private mutating func put(_ element: Element, isFirst: Bool) {
        switch element {
        case .term(let term): put(term, in: isFirst ? .firstItem : .item)
        case .member(let key, let value):
            put(key, in: isFirst ? .firstItem : .item)
            write(": ")
            put(value, in: isFirst ? .firstItem : .item)
        }
    }

    /// Whether a list stood on several lines, not counting the lines within its elements.
    private func isSpread(_ elements: [Element], from start: Int, to end: Int) -> Bool {
        var last = line(max(start - 1, 0))
        for element in elements {
            if line(element.start) != last { return true }
            last = line(element.end - 1)
        }
        return false
    }

    private mutating func put(_ comprehension: Comprehension, _ span: Span) {
        let isArray = comprehension.kind == .array
        write(isArray ? "[" : "{")
        if let key = comprehension.key {
            put(key, in: .firstItem)
            write(": ")
        }
        put(comprehension.value, in: .primary)
        write(" |")
        let body = comprehension.body
        if isOneLine(body, from: comprehension.value.span.end, to: span.end) {
            write(" ")
            putOnOneLine(body)
        } else {
            endOpening(at: comprehension.value.span.end - 1, before: body[0].span.start)
            indent += 1
            beginBlock()
            put(body, isAfterBrace: false)
            writeComments(before: span.end - 1)
            indent -= 1
        }
        write(isArray ? "]" : "}")
    }
}
