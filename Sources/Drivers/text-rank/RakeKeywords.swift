// RAKE: phrases between stop words, scored by how their words keep company.

import TextUnits

/// S. Rose, D. Engel, N. Cramer and W. Cowley, "Automatic keyword extraction from individual documents", in Text Mining:
/// Applications and Theory, 2010. A candidate is a run of content words; a word scores degree/frequency over the candidates; a
/// candidate scores the sum of its words.
///
/// Three rules beyond the paper, all against rare long runs that score high by length alone: a candidate has at most
/// `wordsMax` words; its score is multiplied by ln(1 + occurrences), so that what comes back counts more; and in a text long
/// enough that `keywordsMax` phrases of two words and more occur again, candidates that occur once come last.
struct RakeKeywords {
    static let keywordsMax = 10
    static let wordsMax = 4

    struct Keyword: Equatable {
        var text: String
        var score: Double
        var count: Int
    }

    private struct Candidate {
        var stems: [Int]
        var firstSeen: Int
        var spellings = Tally<String>()

        var count: Int { spellings.total }
    }

    private var candidates: [Candidate] = []
    private var numbers: [[Int]: Int] = [:]
    private var frequency: [Int]
    private var degree: [Int]

    /// The best keywords, best first; a keyword whose words all stand in a better one is left out.
    static func keywords(of document: TextDocument) -> [Keyword] {
        var rake = RakeKeywords(stemCount: document.vocabulary.stemCount)
        for sentence in document.sentences where sentence.kind != .notice { rake.take(sentence, document.vocabulary) }
        return rake.best()
    }

    private init(stemCount: Int) {
        frequency = [Int](repeating: 0, count: stemCount)
        degree = frequency
    }

    private mutating func take(_ sentence: Sentence, _ vocabulary: Vocabulary) {
        var run: [Vocabulary.Form] = []
        for word in sentence.words {
            let form = vocabulary.forms[word.form]
            if !form.isContent || !word.joinsPrevious { end(&run) }
            if form.isContent { run.append(form) }
        }
        end(&run)
    }

    private mutating func end(_ run: inout [Vocabulary.Form]) {
        defer { run.removeAll(keepingCapacity: true) }
        guard !run.isEmpty else { return }
        for form in run {
            frequency[form.stem] += 1
            degree[form.stem] += run.count
        }
        guard run.count <= Self.wordsMax else { return }
        let stems = run.map(\.stem)
        let number = numbers[stems] ?? candidates.count
        if number == candidates.count {
            numbers[stems] = number
            candidates.append(Candidate(stems: stems, firstSeen: number))
        }
        candidates[number].spellings.note(run.map(\.text).joined(separator: " "))
    }

    private func best() -> [Keyword] {
        let scored = candidates.map { (candidate: $0, score: score($0)) }
        let isLong = candidates.count { $0.count > 1 && $0.stems.count > 1 } >= Self.keywordsMax
        let order = scored.sorted { a, b in
            if isLong, (a.candidate.count > 1) != (b.candidate.count > 1) { return a.candidate.count > 1 }
            return (b.score, b.candidate.count, a.candidate.firstSeen) < (
                a.score, a.candidate.count, b.candidate.firstSeen
            )
        }
        var chosen: [(stems: Set<Int>, keyword: Keyword)] = []
        for (candidate, score) in order where chosen.count < Self.keywordsMax {
            let stems = Set(candidate.stems)
            if chosen.contains(where: { $0.stems.isSuperset(of: stems) }) { continue }
            guard let text = candidate.spellings.commonest else { continue }
            chosen.append((stems, Keyword(text: text, score: score, count: candidate.count)))
        }
        return chosen.map(\.keyword)
    }

    private func score(_ candidate: Candidate) -> Double {
        var sum = 0.0
        for stem in candidate.stems { sum += Double(degree[stem]) / Double(frequency[stem]) }
        return sum * NaturalLogarithm.of(Double(1 + candidate.count))
    }
}
