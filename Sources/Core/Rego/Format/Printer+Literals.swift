// Literals of bodies.

extension Printer {
    /// Literals, each on a line of its own.
    /// - Parameter isAfterBrace: a parser tries `{ a | b` as a comprehension first, so there it needs parentheses.
    mutating func put(_ body: [Expression], isAfterBrace: Bool) {
        for (index, expression) in body.enumerated() {
            writeComments(before: expression.span.start)
            keepBlankLine(before: line(expression.span.start))
            put(expression, isAfterBrace: isAfterBrace && index == 0)
            guard index + 1 < body.count else {
                endLine(after: expression.span.end)
                return
            }
            // A line that begins with a minus would go on the line before.
            if beginsWithMinus(body[index + 1]) { write(";") }
            endLine(after: expression.span.end, before: body[index + 1].span.start)
        }
    }

    mutating func put(_ expression: Expression, isAfterBrace: Bool = false) {
        let place: Place = isAfterBrace ? .afterBrace : .statement
        switch expression.kind {
        case .term(let term): put(term, in: place)
        case .assign(let left, let right): put(left, ":=", right, in: place)
        case .unify(let left, let right): put(left, "=", right, in: place)
        case .some(let names):
            write("some ")
            putInline(names)
        case .someIn(let key, let value, let domain):
            write("some ")
            putInline((key.map { [$0] } ?? []) + [value])
            write(" in ")
            put(domain, in: .item)
        case .every(let key, let value, let domain, let body):
            write("every ")
            putInline((key.map { [$0] } ?? []) + [value])
            write(" in ")
            put(domain, in: .item)
            write(" ")
            putBraced(body, from: domain.span.end, before: expression.withs.first?.span.start ?? expression.span.end)
        case .not(let inner):
            write("not ")
            put(inner)
        case .notBody(let body):
            write("not ")
            putBlock(
                body, from: expression.span.start, before: expression.withs.first?.span.start ?? expression.span.end)
        }
        put(expression.withs)
    }

    private mutating func put(_ left: Term, _ sign: String, _ right: Term, in place: Place) {
        put(left, in: place)
        write(" " + sign + " ")
        put(right, in: .statement)
    }

    private mutating func putInline(_ terms: [Term]) {
        for (index, term) in terms.enumerated() {
            if index > 0 { write(", ") }
            put(term, in: .primary)
        }
    }

    /// The body of `every`: on one line when it was.
    private mutating func putBraced(_ body: [Expression], from opening: Int, before end: Int) {
        guard isOneLine(body, from: opening, to: end) else {
            putBlock(body, from: opening, before: end)
            return
        }
        write("{ ")
        putOnOneLine(body)
        write(" }")
    }

    mutating func putOnOneLine(_ body: [Expression]) {
        for (index, expression) in body.enumerated() {
            if index > 0 { write("; ") }
            put(expression)
        }
    }

    /// Whether a body stood on the line that it began on, all of it.
    func isOneLine(_ body: [Expression], from start: Int, to end: Int) -> Bool {
        guard !hasComment(before: end) else { return false }
        var last = line(max(start - 1, 0))
        for expression in body {
            guard line(expression.span.start) == last else { return false }
            last = line(expression.span.end - 1)
        }
        return true
    }

    private mutating func put(_ withs: [WithModifier]) {
        for with in withs {
            if let last = lastEnd(before: with.span.start), line(last) < line(with.span.start) {
                endLine(after: last + 1)
                indent += 1
                writeComments(before: with.span.start)
            } else {
                write(" ")
                indent += 1
            }
            write("with ")
            put(with.target, in: .primary)
            write(" as ")
            put(with.value, in: .item)
            indent -= 1
        }
    }

    /// The last byte before an offset that is no white space.
    private func lastEnd(before offset: Int) -> Int? {
        var at = offset - 1
        while at >= 0, [32, 9, 10, 13].contains(source.bytes[at]) { at -= 1 }
        return at >= 0 ? at : nil
    }

    // MARK: How a literal begins

    private func beginsWithMinus(_ expression: Expression) -> Bool {
        guard let first = Printer.leftmost(expression), case .scalar = first.kind else { return false }
        return source.bytes[first.span.start] == UInt8(ascii: "-")
    }

    static func beginsWithBrace(_ expression: Expression) -> Bool {
        switch leftmost(expression)?.kind {
        case .object: true
        case .set(let items): !items.isEmpty
        case .comprehension(let comprehension): comprehension.kind != .array
        default: false
        }
    }

    private static func leftmost(_ expression: Expression) -> Term? {
        switch expression.kind {
        case .term(let term), .assign(let term, _), .unify(let term, _): leftmost(term)
        case .some, .someIn, .every, .not, .notBody: nil
        }
    }
}
