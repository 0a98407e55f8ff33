// Modules, imports, rules.

extension Printer {
    private enum Item {
        case `import`(Import)
        case rule(Rule)

        var span: Span {
            switch self {
            case .import(let item): item.span
            case .rule(let rule): rule.span
            }
        }
    }

    mutating func put(_ module: Module) {
        writeComments(before: module.packageSpan.end)
        keepBlankLine(before: line(module.packageSpan.start))
        write("package " + Printer.packageName(module.package))
        endLine(after: module.packageSpan.end)
        let items = (module.imports.map(Item.import) + module.rules.map(Item.rule))
            .sorted { $0.span.start < $1.span.start }
        var last: Item?
        for (index, item) in items.enumerated() {
            if needsBlankLine(between: last, and: item) { blankLine() }
            writeComments(before: item.span.start)
            keepBlankLine(before: line(item.span.start))
            let start = mark()
            put(item)
            let next = index + 1 < items.count ? items[index + 1].span.start : Int.max
            if commentCount(behind: item.span.end, before: next) > 1 {
                // One can stand behind; more would seem to belong to what follows.
                goBack(to: start)
                writeComments(before: item.span.end)
                put(item)
            }
            endLine(after: item.span.end, before: next)
            last = item
        }
        if hasComment(before: .max) {
            if last == nil { blankLine() }
            writeComments(before: .max)
        }
    }

    /// Imports stand together, and so do rules of one line that stood together before.
    private func needsBlankLine(between last: Item?, and item: Item) -> Bool {
        switch (last, item) {
        case (.import, .import): return false
        case (.rule(let last), .rule(let rule)):
            return !(isOneLiner(last) && isOneLiner(rule) && line(rule.span.start) == line(last.span.end - 1) + 1)
        default: return true
        }
    }

    private func isOneLiner(_ rule: Rule) -> Bool {
        guard line(rule.span.start) == line(rule.span.end - 1), rule.alternatives.isEmpty else { return false }
        return rule.body.isEmpty || fitsOneLine(rule)
    }

    private mutating func put(_ item: Item) {
        switch item {
        case .import(let item): put(item)
        case .rule(let rule): put(rule)
        }
    }

    private mutating func put(_ item: Import) {
        write("import " + Printer.path(item.path))
        if let alias = item.alias { write(" as " + alias) }
    }

    /// The parser drops a leading `data`; where the rest could not stand alone it comes back.
    private static func packageName(_ path: [String]) -> String {
        let needsRoot = path.count > 1 && path[0] == "data" || !path[0].isWord
        return needsRoot ? "data" + path.map(operand).joined() : Printer.path(path)
    }

    private static func path(_ path: [String]) -> String { path[0] + path.dropFirst().map(operand).joined() }

    private static func operand(_ word: String) -> String {
        word.isWord ? "." + word : "[\(Value.string(word))]"
    }

    // MARK: Rules

    mutating func put(_ rule: Rule) {
        if rule.isDefault { write("default ") }
        put(rule.head)
        guard !rule.body.isEmpty else { return }
        if fitsOneLine(rule) {
            write(" if ")
            put(rule.body[0])
            return
        }
        write(" if ")
        putBlock(rule.body, from: rule.head.span.end, before: rule.alternatives.first?.span.start ?? rule.span.end)
        for (index, alternative) in rule.alternatives.enumerated() {
            write(" else")
            if let value = alternative.value {
                write(" := ")
                put(value, in: .statement)
            }
            guard !alternative.body.isEmpty else { continue }
            write(" if ")
            let next = index + 1 < rule.alternatives.count ? rule.alternatives[index + 1].span.start : rule.span.end
            putBlock(alternative.body, from: alternative.value?.span.end ?? alternative.span.start, before: next)
        }
    }

    /// One literal that stands on the line of its head needs no braces, unless it begins with some itself.
    private func fitsOneLine(_ rule: Rule) -> Bool {
        rule.body.count == 1 && rule.alternatives.isEmpty
            && line(rule.body[0].span.start) == line(rule.span.start) && !hasComment(before: rule.body[0].span.start)
            && !Printer.beginsWithBrace(rule.body[0])
    }

    private mutating func put(_ head: RuleHead) {
        put(head.name, in: .primary)
        for operand in head.path { put(operand: operand) }
        if let arguments = head.arguments {
            putList("(", arguments.map { .term($0) }, ")", from: argumentsStart(head), to: argumentsEnd(head))
        }
        if let element = head.element {
            write(" contains ")
            put(element, in: .statement)
        }
        if let value = head.value {
            write(" := ")
            put(value, in: .statement)
        }
    }

    private func argumentsStart(_ head: RuleHead) -> Int { (head.path.last ?? head.name).span.end }

    private func argumentsEnd(_ head: RuleHead) -> Int {
        head.arguments?.last?.span.end ?? argumentsStart(head)
    }

    /// Literals in braces, one a line.
    mutating func putBlock(_ body: [Expression], from opening: Int, before end: Int) {
        write("{")
        endOpening(at: opening, before: body[0].span.start)
        indent += 1
        beginBlock()
        put(body, isAfterBrace: true)
        writeComments(before: end)
        indent -= 1
        write("}")
    }
}

extension String {
    /// Can stand after a dot.
    var isWord: Bool {
        guard let first = utf8.first, !(48...57).contains(first) else { return false }
        return utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 95: true
            default: false
            }
        }
    }
}
