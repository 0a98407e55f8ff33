// Words of a run of text: letters and digits, with the marks that may stand inside a word.

/// One word where it stands.
public struct Word: Sendable {
    /// Its number in the vocabulary's `forms`.
    public let form: Int
    /// True where it follows the word before with nothing but blanks between: phrases are made of such words.
    public let joinsPrevious: Bool
}

enum Words {
    /// Cuts `range` into words. A hyphen, an apostrophe or a full stop belongs to a word when a letter or digit stands on
    /// both sides of it (`third-party`, `don't`, `1.1`, `e.g`); a possessive `'s` is dropped and ends the phrase.
    static func cut(
        _ range: Range<Int>, in scalars: [Unicode.Scalar], into vocabulary: inout Vocabulary
    ) -> [Word] {
        var words: [Word] = []
        var index = range.lowerBound
        var joins = false
        while index < range.upperBound {
            let scalar = scalars[index]
            guard scalar.isWordScalar else {
                if !scalar.isBlank { joins = false }
                index += 1
                continue
            }
            let end = wordEnd(from: index, limit: range.upperBound, in: scalars)
            let (text, isPossessive) = lowered(scalars[index..<end])
            words.append(Word(form: vocabulary.number(of: text), joinsPrevious: joins))
            joins = !isPossessive
            index = end
        }
        return words
    }

    private static func wordEnd(from start: Int, limit: Int, in scalars: [Unicode.Scalar]) -> Int {
        var index = start + 1
        if scalars[start].isIdeographic { return index }
        // A "word" of a thousand letters is data, not language: it is cut so that no later step meets it.
        while index < limit, index - start < 128 {
            let scalar = scalars[index]
            if scalar.isWordScalar || scalar.properties.generalCategory == .nonspacingMark {
                if scalar.isIdeographic { return index }
                index += 1
            } else if isInner(scalar), index + 1 < limit, scalars[index + 1].isWordScalar {
                index += 1
            } else {
                return index
            }
        }
        return index
    }

    private static func isInner(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "-" || scalar == "'" || scalar == "’" || scalar == "." || scalar == "\u{2010}" || scalar == "\u{2011}"
    }

    private static func lowered(_ word: ArraySlice<Unicode.Scalar>) -> (text: String, isPossessive: Bool) {
        var body = word
        let isPossessive =
            word.count > 2 && (word.last == "s" || word.last == "S")
            && (word[word.endIndex - 2] == "'" || word[word.endIndex - 2] == "’")
        if isPossessive { body = word.dropLast(2) }
        return (lowered(ascii: body) ?? loweredByUnicode(body), isPossessive)
    }

    /// Nearly every word: its bytes are its scalars, and up to fifteen of them make a string without an allocation.
    private static func lowered(ascii word: ArraySlice<Unicode.Scalar>) -> String? {
        guard word.allSatisfy({ $0.isASCII }) else { return nil }
        return String(unsafeUninitializedCapacity: word.count) { bytes in
            for (index, scalar) in word.enumerated() {
                bytes[index] = UInt8(scalar.value) | (scalar.isUpper ? 32 : 0)
            }
            return word.count
        }
    }

    private static func loweredByUnicode(_ word: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: word)
        return String(text).lowercased()
    }
}
