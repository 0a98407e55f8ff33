// Words whose full stop does not end a sentence, and words that start one.

enum Abbreviations {
    /// Followed by a name or a number: their full stop never ends a sentence.
    static let neverLast: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "st", "sr", "rev", "gen", "hon", "messrs", "e.g", "eg", "i.e", "ie", "cf",
        "vs",
        "viz", "fig", "figs", "no", "nos", "vol", "vols", "sec", "secs", "art", "arts", "para", "ch", "app", "ed",
        "eds",
        "pp", "approx", "resp", "esp", "incl", "al", "ca", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
        "sept",
        "oct", "nov", "dec", "mt", "ft", "op", "cit", "ibid", "seq",
    ]

    /// May end a sentence as well: they do where the next word is one that starts sentences.
    static let maybeLast: Set<String> = [
        "inc", "corp", "co", "ltd", "llc", "etc", "jr", "esq", "bros", "dept", "univ", "assn", "ave", "u.s", "u.k",
        "u.s.c",
        "c.f.r", "ph.d", "m.d", "b.a", "m.a", "a.m", "p.m", "a.d", "b.c", "u.n", "e.u", "gmbh", "s.a", "n.v",
    ]

    /// "No." is an abbreviation before a number and an answer before anything else.
    static let onlyBeforeNumber: Set<String> = [
        "no", "nos", "art", "app", "sec", "ch", "fig", "mar", "jun", "dec", "ed",
    ]
}
