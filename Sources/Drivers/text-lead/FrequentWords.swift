// Keywords by frequency alone.

import TextUnits

/// Words by how often they occur, plurals counted with singulars: H. P. Luhn, "The automatic creation of literature
/// abstracts", IBM Journal 2(2), 1958. Linear in the text.
enum FrequentWords {
    static let keywordsMax = 10

    private struct Term {
        /// Numbers of the forms it occurs in.
        var forms = Tally<Int>()
        var firstSeen = 0
    }

    /// The most frequent content words, best first, each in its most frequent form, lower case. Ties go to the earlier word.
    static func keywords(of document: TextDocument) -> [String] {
        var terms = [Term](repeating: Term(), count: document.vocabulary.stemCount)
        var seen = 0
        for sentence in document.sentences where sentence.kind != .notice {
            for word in sentence.words {
                let form = document.vocabulary.forms[word.form]
                guard form.isContent, form.text.unicodeScalars.count > 2 else { continue }
                if terms[form.stem].forms.total == 0 { terms[form.stem].firstSeen = seen }
                terms[form.stem].forms.note(word.form)
                seen += 1
            }
        }
        let found = terms.filter { $0.forms.total > 0 }.sorted {
            ($1.forms.total, $0.firstSeen) < ($0.forms.total, $1.firstSeen)
        }
        return found.prefix(keywordsMax).compactMap { $0.forms.commonest.map { document.vocabulary.forms[$0].text } }
    }
}
