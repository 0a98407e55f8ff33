// A digest that relates documents to each other: what they share, which sentence speaks for most, who is nearest to whom.

import TextUnits

/// Common ground is keywords of two documents and more; the central statements are the TextRank winners among all summaries;
/// nearness is the Jaccard index of the stems in two documents' keywords.
struct RankDigest {
    /// Beyond it the remaining documents are counted, not shown.
    static let bytesMax = 512 << 10
    static let themesMax = 8
    static let centralMax = 3
    /// Nearness compares every pair; beyond so many documents it is left out.
    static let comparedMax = 500

    private let input: DigestInput
    /// For each document the stems of its keywords.
    private let stems: [Set<String>]

    static func text(of input: DigestInput) -> String { RankDigest(input).text() }

    init(_ input: DigestInput) {
        self.input = input
        stems = input.sources.map { source in
            Set(source.keywords.flatMap { $0.split(separator: " ").map { Stem.plural(String($0)) } })
        }
    }

    private func text() -> String {
        let count = input.sources.count
        let title = input.title.isEmpty ? "Digest of \(count) \(count == 1 ? "document" : "documents")" : input.title
        var text = TextLayout.underlined(title, with: "=") + "\n"
        if count > 1 {
            text += themesText() + centralText()
        }
        for index in input.sources.indices {
            if text.utf8.count > Self.bytesMax {
                return text + "\nand \(count - index) more documents, left out to keep the digest readable\n"
            }
            text += "\n" + entry(index)
        }
        return text
    }

    /// Keywords of more than one document with the number of documents, most shared first, ties in order of appearance.
    func themes() -> [(keyword: String, documents: Int)] {
        var numbers: [String: Int] = [:]
        var found: [(keyword: String, documents: Int)] = []
        for source in input.sources {
            var seen: Set<String> = []
            for keyword in source.keywords {
                let key = keyword.split(separator: " ").map { Stem.plural(String($0)) }.joined(separator: " ")
                guard seen.insert(key).inserted else { continue }
                if let number = numbers[key] {
                    found[number].documents += 1
                } else {
                    numbers[key] = found.count
                    found.append((keyword, 1))
                }
            }
        }
        let shared = found.enumerated().filter { $0.element.documents > 1 }
        return shared.sorted { ($1.element.documents, $0.offset) < ($0.element.documents, $1.offset) }
            .prefix(Self.themesMax).map(\.element)
    }

    /// The documents whose keywords share the most words with those of `index`; nil where none shares any.
    func nearest(to index: Int) -> (title: String, share: Double)? {
        guard input.sources.count <= Self.comparedMax else { return nil }
        var best: (title: String, share: Double)?
        for other in stems.indices where other != index {
            let common = stems[index].intersection(stems[other]).count
            guard common > 0 else { continue }
            let share = Double(common) / Double(stems[index].union(stems[other]).count)
            if share > best?.share ?? 0 { best = (input.sources[other].title, share) }
        }
        return best
    }

    private func themesText() -> String {
        let themes = themes()
        guard !themes.isEmpty else { return "" }
        let list = themes.map { "\($0.keyword) (\($0.documents))" }.joined(separator: ", ")
        return "\nWhat they share, with the number of documents\n" + TextLayout.wrapped(list, indent: "  ") + "\n"
    }

    private func centralText() -> String {
        let sentences = input.sources.flatMap { source in source.summary.map { (source.title, $0) } }
        guard sentences.count > Self.centralMax, let source = joined(sentences.map(\.1)) else { return "" }
        let chosen = SentenceRank(TextDocument(source)).summary(count: Self.centralMax)
        var text = "\nWhat speaks for most of them\n"
        for sentence in chosen {
            let origin = sentences.first { $0.1.contains(sentence) }?.0 ?? ""
            text += TextLayout.wrapped("- " + sentence + (origin.isEmpty ? "" : " [\(origin)]"), indent: "  ") + "\n"
        }
        return text
    }

    /// Each sentence as a paragraph; nil where they hold no word at all.
    private func joined(_ sentences: [String]) -> SourceText? {
        do {
            return try SourceText(Array(sentences.joined(separator: "\n\n").utf8))
        } catch {
            return nil
        }
    }

    private func entry(_ index: Int) -> String {
        let source = input.sources[index]
        var text = TextLayout.underlined(source.title, with: "-") + "\n"
        for sentence in source.summary.prefix(2) {
            text += TextLayout.wrapped(TextLayout.shortened(sentence, byteCount: 600), indent: "  ") + "\n"
        }
        if !source.keywords.isEmpty {
            text +=
                TextLayout.wrapped("Keywords: " + source.keywords.prefix(6).joined(separator: ", "), indent: "  ")
                + "\n"
        }
        if let near = nearest(to: index), near.share >= 0.1 {
            text +=
                "  Nearest: \(near.title) (\(Int((near.share * 100).rounded())) % of their keywords' words in common)\n"
        }
        return text
    }
}
