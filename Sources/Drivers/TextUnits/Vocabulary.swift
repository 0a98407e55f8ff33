// Words as small numbers: a word is lowered, stemmed and looked up among the stop words once, however often it occurs.

/// Numbers words in the order in which they first occur, so that every later order is the text's own.
public struct Vocabulary: Sendable {
    /// A lower-case word as it is written.
    public struct Form: Sendable {
        public let text: String
        /// The number of its stem; forms of one stem share it.
        public let stem: Int
        public let isStop: Bool
        /// It has a letter, is longer than one mark, no stop word and no adverb: fit to be part of a topic.
        public let isContent: Bool
    }

    public private(set) var forms: [Form] = []
    public private(set) var stemCount = 0
    private var formNumbers: [String: Int] = [:]
    private var stemNumbers: [String: Int] = [:]

    public init() {}

    mutating func number(of word: String) -> Int {
        if let known = formNumbers[word] { return known }
        let stem = Stem.plural(word)
        let stemNumber = stemNumbers[stem] ?? stemCount
        if stemNumber == stemCount {
            stemNumbers[stem] = stemNumber
            stemCount += 1
        }
        let isStop = StopWords.contains(word)
        let hasLetter = word.unicodeScalars.contains { $0.isWordScalar && !$0.isASCIIDigit }
        let isLong = word.unicodeScalars.count > 1 || word.unicodeScalars.first?.isIdeographic == true
        forms.append(
            Form(
                text: word, stem: stemNumber, isStop: isStop,
                isContent: !isStop && hasLetter && isLong && !StopWords.isAdverb(word)))
        formNumbers[word] = forms.count - 1
        return forms.count - 1
    }
}
