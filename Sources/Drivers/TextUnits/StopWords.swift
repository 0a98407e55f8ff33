// English function words, with those of legal prose that say nothing about what a licence is about.

public enum StopWords {
    /// True of a lower-case word that carries no topic.
    public static func contains(_ word: String) -> Bool { all.contains(word) }

    /// True of a word in -ly that says how, not what: `conspicuously`. The nouns and verbs in -ly are few enough to name.
    static func isAdverb(_ word: String) -> Bool {
        word.utf8.count > 5 && word.hasSuffix("ly") && !notAdverbs.contains(word)
    }

    private static let notAdverbs = words(
        """
        anomaly apply assembly butterfly comply family homily imply italy july melancholy monopoly multiply oligopoly
        panoply reply resupply supply tally
        """)

    static let all = words(
        articles, pronouns, prepositions, conjunctions, auxiliaries, adverbs, quantities, legal)

    /// Words that start sentences: after an abbreviation that may end one, a capital of these does.
    static let sentenceStarters = words(
        """
        a an the this that these those such i we you he she it they one who what which each all any both every some no
        about after against although among as at before because by despite during except for from however if in into
        moreover neither nor not notwithstanding of on once only or otherwise since so subject then therefore there thus
        to under unless until upon when where whereas whether while with within without and but also
        """)

    private static func words(_ groups: String...) -> Set<String> {
        Set(groups.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) })
    }

    private static let articles = "a an the this that these those such"
    private static let pronouns = """
        i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers
        herself it its itself they them their theirs themselves one ones who whom whose which what whoever whatever
        whichever someone somebody something anyone anybody anything everyone everybody everything nobody nothing none
        each other others another
        """
    private static let prepositions = """
        about above across after against along among around as at before behind below beneath beside besides between
        beyond but by concerning despite down during except for from in inside into like near notwithstanding of off on
        onto out outside over past per regarding since through throughout till to toward towards under underneath until
        unto up upon via with within without
        """
    private static let conjunctions = """
        and or nor so yet if unless because although though while whereas whether than then either neither both when
        whenever where wherever why how however therefore thus hence otherwise moreover furthermore provided
        """
    private static let auxiliaries = """
        am is are was were be been being have has had having do does did doing done will would shall should can could may
        might must ought need needs cannot can't don't doesn't didn't won't wouldn't shan't shouldn't isn't aren't wasn't weren't
        hasn't haven't hadn't couldn't mustn't let lets get gets got make makes made making give gives given giving take takes
        taken go goes going say says said see use used using uses become becomes became want wants know means mean
        """
    private static let adverbs = """
        again ago already also always anyway away back else even ever far further here there hereby just later less maybe
        more most much never no not now often once only perhaps quite rather really same similarly simply sometimes soon
        still too together very well yes exactly merely etc e.g i.e eg ie vs vol pp
        """
    private static let quantities = """
        all any both each every few first second third last least little many next new old own several some two three four
        five six seven eight nine ten half lot certain different able likely necessary particular various additional
        possible available applicable appropriate respective specific prior
        """
    private static let legal = """
        hereof herein hereto hereunder hereinafter thereof therein thereto thereunder thereafter thereby whereby wherein
        aforesaid pursuant accordance including includes include included inclusive limited limitation limiting extent
        respect respectively regard subject forth following follows follow described based section sections clause
        paragraph subsection example case way
        """
}
