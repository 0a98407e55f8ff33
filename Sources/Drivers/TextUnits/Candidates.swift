// Which sentences a summary may be made of, and how many.

extension TextDocument {
    /// Numbers of the sentences that read as prose: not a heading, a notice or a fragment, neither a stub nor a monster,
    /// and with the function words that running text has. Where a text has none, the demands are dropped one by one.
    public func summaryCandidates() -> [Int] {
        let demands: [(Sentence) -> Bool] = [
            { isProse($0) && !$0.isShouted && $0.opensWithCapital },
            { isProse($0) },
            { $0.kind != .heading && $0.kind != .notice },
            { _ in true },
        ]
        for demand in demands {
            let found = sentences.indices.filter { demand(sentences[$0]) }
            if !found.isEmpty { return found }
        }
        return []
    }

    private func isProse(_ sentence: Sentence) -> Bool {
        guard sentence.kind == .paragraph || sentence.kind == .item, sentence.isComplete else { return false }
        guard (6...60).contains(sentence.words.count) else { return false }
        let stops = sentence.words.count { vocabulary.forms[$0.form].isStop }
        let content = sentence.words.count { vocabulary.forms[$0.form].isContent }
        return stops * 5 >= sentence.words.count && content >= 3 && !hasAddress(sentence)
    }

    /// A sentence with a web or mail address in it tells where, not what.
    private func hasAddress(_ sentence: Sentence) -> Bool {
        sentence.text.utf8.contains(UInt8(ascii: "@")) || sentence.text.contains("://") || sentence.text.contains("<")
    }

    /// One sentence for ten, at least one and at most `most`.
    public static func summaryLength(candidates: Int, most: Int) -> Int {
        max(1, min(most, (candidates + 9) / 10))
    }
}
