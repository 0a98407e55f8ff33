// Plurals folded into singulars, so that "licenses" and "license" count as one term.

/// The S-stemmer: D. Harman, "How effective is suffixing?", JASIS 42(1), 1991. It removes plurals and nothing else, so it
/// never joins words of different meaning the way stronger stemmers do.
public enum Stem {
    /// `word` is lower case.
    public static func plural(_ word: String) -> String {
        let bytes = word.utf8
        guard bytes.count > 3, bytes.last == UInt8(ascii: "s") else { return word }
        if word.hasSuffix("ies") {
            return word.hasSuffix("eies") || word.hasSuffix("aies") ? word : word.dropLast(3) + "y"
        }
        if word.hasSuffix("es") {
            return word.hasSuffix("aes") || word.hasSuffix("ees") || word.hasSuffix("oes")
                ? word : String(word.dropLast())
        }
        return word.hasSuffix("us") || word.hasSuffix("ss") || word.hasSuffix("is") ? word : String(word.dropLast())
    }
}
