// Where sentences end inside a block.

/// Rule-based sentence boundaries, after the rules that survey papers agree on (Read et al., "Sentence boundary detection: a
/// long solved problem?", COLING 2012): a terminator, its closing quotes and brackets, white space, and a next word that can
/// start a sentence; abbreviations and initials are looked up.
struct SentenceSplitter {
    /// Longer runs without a full stop are tables or data; they are cut at the last mark or blank before this.
    static let scalarsMax = 2000

    let scalars: [Unicode.Scalar]

    /// The sentences of a block's text, each without blanks around it.
    func split(_ range: Range<Int>) -> [Range<Int>] {
        var sentences: [Range<Int>] = []
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            if let end = boundary(at: index, from: start, limit: range.upperBound) {
                append(start..<end, to: &sentences)
                start = end
                index = end
            } else if index - start >= Self.scalarsMax {
                let end = cut(start..<index)
                append(start..<end, to: &sentences)
                start = end
                index = end
            } else {
                index += 1
            }
        }
        append(start..<range.upperBound, to: &sentences)
        return sentences
    }

    private func append(_ range: Range<Int>, to sentences: inout [Range<Int>]) {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, scalars[low].isBlank { low += 1 }
        while high > low, scalars[high - 1].isBlank { high -= 1 }
        if low < high, scalars[low..<high].contains(where: { $0.isWordScalar }) { sentences.append(low..<high) }
    }

    /// The end of the sentence whose terminator stands at `index`, or nil where it ends none.
    private func boundary(at index: Int, from start: Int, limit: Int) -> Int? {
        let mark = scalars[index]
        if mark == "。" || mark == "！" || mark == "？" { return afterClosers(index + 1, limit) }
        guard mark == "." || mark == "!" || mark == "?" else { return nil }
        let end = afterClosers(index + 1, limit)
        guard end < limit else { return end }
        guard scalars[end].isBlank else { return nil }
        let next = nextWord(from: end, limit: limit)
        guard let first = next.first else { return nil }
        if first.isLower { return nil }
        if mark == ".", end == index + 1, keepsOpen(before: index, from: start, next: next) { return nil }
        return end
    }

    /// More terminators, quotes and brackets belong to the sentence they close: a few, because a long run of them is a rule
    /// across the page, and scanning it again from each of its marks would take for ever.
    private func afterClosers(_ index: Int, _ limit: Int) -> Int {
        let limit = min(limit, index + 16)
        var index = index
        while index < limit, ".!?\"')]}”’»」』。！？".unicodeScalars.contains(scalars[index]) { index += 1 }
        return index
    }

    /// The word after the white space at `index`, opening quotes and brackets left out.
    private func nextWord(from index: Int, limit: Int) -> ArraySlice<Unicode.Scalar> {
        let rest = scalars[index..<limit].drop { $0.isBlank || "\"'(`“‘[«*_<".unicodeScalars.contains($0) }
        return rest.prefix { !$0.isBlank && $0 != "," }
    }

    /// True where the full stop at `index` belongs to an abbreviation, an initial or a number rather than to a sentence.
    private func keepsOpen(before index: Int, from start: Int, next: ArraySlice<Unicode.Scalar>) -> Bool {
        var low = index
        while low > start, !scalars[low - 1].isBlank, scalars[low - 1] != "(", scalars[low - 1] != "\"" { low -= 1 }
        let word = text(scalars[low..<index]).lowercased()
        let follower = text(next.prefix { $0.isWordScalar }).lowercased()
        if Abbreviations.onlyBeforeNumber.contains(word) { return next.first?.isASCIIDigit == true }
        if Abbreviations.neverLast.contains(word) { return true }
        let starts = StopWords.sentenceStarters.contains(follower)
        if Abbreviations.maybeLast.contains(word) { return !starts }
        let isInitial = index - low == 1 && scalars[low].isUpper
        if isInitial { return !starts }
        // "1. Definitions" at the start of a block is its number.
        return low == start && scalars[low..<index].allSatisfy { $0.isASCIIDigit || $0 == "." }
    }

    private func text(_ slice: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: slice)
        return String(view)
    }

    /// Where to cut a run that has no end: after the last semicolon, comma or blank of its second half.
    private func cut(_ range: Range<Int>) -> Int {
        let half = range.lowerBound + range.count / 2
        for marks in [";:", ",", " \t\n\r"] {
            if let at = scalars[half..<range.upperBound].lastIndex(where: { marks.unicodeScalars.contains($0) }) {
                return at + 1
            }
        }
        return range.upperBound
    }
}
