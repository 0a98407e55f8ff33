// TextRank for sentences: the sentences that most others resemble.

import TextUnits

/// Sentence extraction of R. Mihalcea and P. Tarau, "TextRank: bringing order into texts", EMNLP 2004, section 4: sentences
/// are vertices, similarity is the number of words two share over the sum of the logarithms of their lengths, PageRank
/// orders them. Words are stems of content words, as the paper's syntactic filter suggests.
struct SentenceRank {
    /// Pairs grow with the square of the sentences, so a text offers at most so many of them; see `sampled`.
    static let sentencesMax = 800
    static let chosenMax = 5
    /// A sentence that shares more than this part of its words with a chosen one says little new.
    static let overlapMax = 0.6

    private let document: TextDocument
    private let candidateCount: Int
    /// Numbers of the sentences that take part.
    private let numbers: [Int]
    /// For each of them its distinct content stems, ascending.
    private let stems: [[Int]]

    init(_ document: TextDocument) {
        self.document = document
        let candidates = document.summaryCandidates()
        candidateCount = candidates.count
        numbers = Self.sampled(candidates, of: document)
        stems = numbers.map { Set(document.contentStems(document.sentences[$0])).sorted() }
    }

    /// The best sentences in the order of the text, at least one; one that repeats a better one is passed over
    /// (J. Carbonell and J. Goldstein, "The use of MMR", SIGIR 1998, with a threshold instead of a weight).
    func summary(count: Int? = nil) -> [String] {
        let count = count ?? TextDocument.summaryLength(candidates: candidateCount, most: Self.chosenMax)
        let ranks = PageRank.ranks(of: graph())
        let order = ranks.indices.sorted { (ranks[$1], $0) < (ranks[$0], $1) }
        var chosen: [Int] = []
        for index in order where chosen.count < count {
            if chosen.allSatisfy({ overlap(index, $0) <= Self.overlapMax }) { chosen.append(index) }
        }
        return chosen.sorted().map { document.sentences[numbers[$0]].text }
    }

    /// The similarity graph over the sentences that take part.
    func graph() -> WeightedGraph {
        var sentencesWith = [[Int]](repeating: [], count: document.vocabulary.stemCount)
        var shared = [Int](repeating: 0, count: numbers.count)
        var edges: [(a: Int, b: Int, weight: Double)] = []
        let logarithms = stems.map { NaturalLogarithm.of(Double(max(1, $0.count))) }
        for (index, own) in stems.enumerated() {
            for stem in own {
                for other in sentencesWith[stem] { shared[other] += 1 }
                sentencesWith[stem].append(index)
            }
            for other in 0..<index where shared[other] > 0 {
                // Two sentences of one word each would divide by zero; the paper leaves them unsaid.
                let length = logarithms[index] + logarithms[other]
                if length > 0 { edges.append((other, index, Double(shared[other]) / length)) }
                shared[other] = 0
            }
        }
        return WeightedGraph(vertexCount: numbers.count, edges: edges)
    }

    private func overlap(_ a: Int, _ b: Int) -> Double {
        let smaller = min(stems[a].count, stems[b].count)
        return smaller == 0 ? 1 : Double(Set(stems[a]).intersection(stems[b]).count) / Double(smaller)
    }

    /// At most `sentencesMax` of the candidates, in order. A longer list is cut into that many equal runs, and each run sends
    /// the sentence whose words are most frequent in the whole text (mean frequency, as SumBasic does: A. Nenkova and
    /// L. Vanderwende, "The impact of frequency on summarization", 2005), ties to the earlier: every part of a long text
    /// stays represented, and the time is bounded.
    private static func sampled(_ candidates: [Int], of document: TextDocument) -> [Int] {
        guard candidates.count > sentencesMax else { return candidates }
        var counts = [Int](repeating: 0, count: document.vocabulary.stemCount)
        let stems = candidates.map { document.contentStems(document.sentences[$0]) }
        for list in stems {
            for stem in list { counts[stem] += 1 }
        }
        let means = stems.map { list in
            list.isEmpty ? 0 : Double(list.reduce(0) { $0 + counts[$1] }) / Double(list.count)
        }
        return (0..<sentencesMax).map { run in
            let low = run * candidates.count / sentencesMax
            let high = (run + 1) * candidates.count / sentencesMax
            var best = low
            for index in low..<high where means[index] > means[best] { best = index }
            return candidates[best]
        }
    }
}
