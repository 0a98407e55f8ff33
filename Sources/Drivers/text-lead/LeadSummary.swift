// A summary by position: what stands first, in the text and in a paragraph, tells what the text is about.

import TextUnits

/// Scores sentences by where they stand and by words they share with the title: P. B. Baxendale, "Machine-made index for
/// technical literature", IBM Journal 2(4), 1958 (85 % of paragraphs open with their topic sentence), and the location and
/// title methods of H. P. Edmundson, "New methods in automatic extracting", JACM 16(2), 1969. One pass, no graph.
enum LeadSummary {
    static let sentencesMax = 4
    /// How much of a text is looked at: what stands later would not be chosen, so a long text costs no more than a short one.
    static let scalarsMax = 8 << 10

    /// The chosen sentences in the order of the text; at least one.
    static func sentences(of document: TextDocument) -> [String] {
        let candidates = document.summaryCandidates()
        let count = TextDocument.summaryLength(candidates: candidates.count, most: sentencesMax)
        let titleStems = Set(
            document.sentences.prefix { $0.kind == .heading || $0.kind == .notice }.filter { $0.kind == .heading }
                .flatMap { document.contentStems($0) })
        let scores = scored(candidates, of: document, titleStems: titleStems)
        let best = scores.sorted { ($1.score, $0.number) < ($0.score, $1.number) }.prefix(count)
        return best.map(\.number).sorted().map { document.sentences[$0].text }
    }

    private static func scored(
        _ candidates: [Int], of document: TextDocument, titleStems: Set<Int>
    ) -> [(number: Int, score: Double)] {
        var paragraph = -1
        var lastBlock = -1
        return candidates.map { number in
            let sentence = document.sentences[number]
            if sentence.block != lastBlock { paragraph += 1 }
            lastBlock = sentence.block
            let position = 1 / Double(1 + paragraph) / Double(1 + sentence.indexInBlock)
            let stems = Set(document.contentStems(sentence))
            let shared =
                titleStems.isEmpty ? 0 : Double(stems.intersection(titleStems).count) / Double(titleStems.count)
            // A sentence with the whole title in it beats the one before it, and no other.
            return (number, position * (1 + 2 * shared))
        }
    }
}
