// A text cut into blocks, sentences and words: what both drivers start from.

/// One sentence.
public struct Sentence: Sendable {
    /// As it stands in the text, every run of white space made one space.
    public let text: String
    public let kind: BlockKind
    /// Number of its block, from 0.
    public let block: Int
    /// Number of the sentence in its block, from 0.
    public let indexInBlock: Int
    public let words: [Word]
    /// Mostly capitals, as disclaimers are.
    public let isShouted: Bool
    /// Starts with a capital, a digit or an opening quote: not the tail of a list's lead-in, nor an aside in brackets.
    public let opensWithCapital: Bool
    /// Ends in a mark that ends sentences.
    public let isComplete: Bool
}

/// A text as sentences over one vocabulary.
public struct TextDocument: Sendable {
    public private(set) var sentences: [Sentence] = []
    public private(set) var vocabulary = Vocabulary()
    public private(set) var blockCount = 0

    public init(_ source: SourceText) {
        let scalars = source.scalars
        let splitter = SentenceSplitter(scalars: scalars)
        for block in BlockSplitter.split(scalars) {
            guard let first = block.lines.first, let last = block.lines.last else { continue }
            let whole = first.range.lowerBound..<last.range.upperBound
            // A heading is one unit: "Version 2.0, January 2004" holds no sentence.
            let ranges = block.kind == .heading ? [whole] : splitter.split(whole)
            for (index, range) in ranges.enumerated() {
                append(range, of: scalars, kind: block.kind, indexInBlock: index)
            }
            blockCount += 1
        }
    }

    private mutating func append(
        _ range: Range<Int>, of scalars: [Unicode.Scalar], kind: BlockKind, indexInBlock: Int
    ) {
        let words = Words.cut(range, in: scalars, into: &vocabulary)
        guard !words.isEmpty else { return }
        let slice = scalars[range]
        let letters = slice.count { $0.isUpper || $0.isLower }
        let upper = slice.count { $0.isUpper }
        let opener = slice.first { !"\"'“‘«„".unicodeScalars.contains($0) }
        let end = slice.last { !"\"')]}”’»".unicodeScalars.contains($0) }
        sentences.append(
            Sentence(
                text: WhiteSpace.collapsed(slice), kind: kind, block: blockCount, indexInBlock: indexInBlock,
                words: words,
                isShouted: letters > 20 && upper * 2 > letters,
                opensWithCapital: opener.map { $0.isWordScalar && !$0.isLower } ?? false,
                isComplete: end.map { ".!?。！？".unicodeScalars.contains($0) } ?? false))
    }

    /// Stems of a sentence's content words, in order, repeats kept.
    public func contentStems(_ sentence: Sentence) -> [Int] {
        sentence.words.compactMap { word in
            let form = vocabulary.forms[word.form]
            return form.isContent ? form.stem : nil
        }
    }
}

public enum WhiteSpace {
    /// Every run of white space and control characters made one space, none at the ends.
    public static func collapsed(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        var pending = false
        for scalar in scalars {
            if scalar.isBlank {
                pending = !view.isEmpty
            } else {
                if pending { view.append(" ") }
                pending = false
                view.append(scalar)
            }
        }
        return String(view)
    }

    public static func collapsed(_ text: String) -> String { collapsed(text.unicodeScalars) }
}
