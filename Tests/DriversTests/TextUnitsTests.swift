// Blocks, sentences and words, on cases that real documents hold.

import Testing

@testable import TextUnits

struct TextUnitsTests {
    private func document(_ text: String) throws -> TextDocument { TextDocument(try SourceText(Array(text.utf8))) }

    private func sentences(_ text: String) throws -> [String] { try document(text).sentences.map(\.text) }

    private func kinds(_ text: String) throws -> [BlockKind] { try document(text).sentences.map(\.kind) }

    private func words(_ text: String) throws -> [String] {
        let document = try document(text)
        return document.sentences.flatMap(\.words).map { document.vocabulary.forms[$0.form].text }
    }

    // MARK: Input

    @Test func refusesWhatIsNoText() {
        #expect(throws: SourceTextError.empty) { try SourceText([]) }
        #expect(throws: SourceTextError.empty) { try SourceText(Array(" \n\t -- !\u{0}".utf8)) }
        #expect(throws: SourceTextError.notUTF8(offset: 3)) { try SourceText(Array("abc".utf8) + [0xFF]) }
        #expect(throws: SourceTextError.notUTF8(offset: 2)) { try SourceText(Array("é".utf8) + [0xC3]) }
        #expect(throws: SourceTextError.notUTF8(offset: 0)) { try SourceText([0xED, 0xA0, 0x80]) }
        #expect(throws: SourceTextError.notUTF8(offset: 1)) { try SourceText([0x61, 0xC0, 0x80]) }
        #expect(throws: SourceTextError.tooLarge(byteCount: SourceText.bytesMax + 1, bytesMax: SourceText.bytesMax)) {
            try SourceText([UInt8](repeating: 97, count: SourceText.bytesMax + 1))
        }
    }

    @Test func aByteOrderMarkIsNoPartOfTheText() throws {
        #expect(try sentences("\u{FEFF}Hello there.") == ["Hello there."])
    }

    // MARK: Sentences

    @Test(
        arguments: [
            ("One here. Two there! Three? Four.", 4),
            ("He paid Mr. Smith and Dr. Who. They left.", 2),
            ("See e.g. Section 2, i.e. the part on J. R. Hacker's work. Then stop.", 2),
            ("Foundation, Inc., 51 Franklin Street. The end.", 2),
            ("Written by Free Software Foundation, Inc. You may copy it.", 2),
            ("Netscape Communications Corp. Public License.", 1),
            ("Version 2.0 of the text has 3.14 parts. It works.", 2),
            ("A license under Sections 2.1 or 6.1. For legal entities it differs.", 2),
            ("No. 5 is alive. No. That is wrong.", 3),
            ("He said \"Stop.\" She did not.", 2),
            ("It ends (like this.) And goes on.", 2),
            ("What?! Really... Yes. ok then.", 3),
            ("Visit www.example.org or mail me@example.org now. Thanks.", 2),
            ("The notice required by Exhibit A. The Initial Developer may change it.", 2),
            ("これは文です。これも文です！", 2),
            ("Without any end", 1),
        ])
    func sentencesEndWhereReadersEndThem(_ text: String, _ count: Int) throws {
        let found = try sentences(text)
        #expect(found.count == count, "\(found)")
    }

    @Test func aSentenceIsWhatStandsThereWithSpacesMadeOne() throws {
        #expect(
            try sentences("This   is\n\tone  sentence\nover lines. And two.") == [
                "This is one sentence over lines.", "And two.",
            ])
        #expect(try sentences("Windows\r\nlines here.\r\n\r\nNew part.") == ["Windows lines here.", "New part."])
    }

    @Test func aRunWithoutAnEndIsCut() throws {
        let long = String(repeating: "word after word, ", count: 1000)
        let parts = try sentences(long)
        #expect(parts.count > 5)
        #expect(parts.allSatisfy { $0.unicodeScalars.count <= SentenceSplitter.scalarsMax })
        let words = parts.joined(separator: " ").split(separator: " ").count
        #expect(words == 3000)
    }

    // MARK: Blocks

    @Test func headingsItemsAndNoticesAreToldApart() throws {
        let text = """
                            GNU GENERAL PUBLIC LICENSE
                               Version 3, 29 June 2007

             Copyright (C) 2007 Free Software Foundation, Inc. <https://fsf.org/>
             Everyone is permitted to copy this.

              The GNU General Public License is a free license for
            software and other kinds of works.  It is copyleft.

            1. Definitions.

              a) one thing that is
                 listed here;

              (b) another thing.
            - a third thing
            ----------
            Terms and Conditions
            """
        let document = try document(text)
        let found = document.sentences.map { "\($0.kind): \($0.text)" }
        #expect(
            found == [
                "heading: GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007",
                "notice: Copyright (C) 2007 Free Software Foundation, Inc. <https://fsf.org/> Everyone is permitted to copy this.",
                "paragraph: The GNU General Public License is a free license for software and other kinds of works.",
                "paragraph: It is copyleft.",
                "item: Definitions.",
                "item: one thing that is listed here;",
                "item: another thing.",
                "item: a third thing",
                "heading: Terms and Conditions",
            ])
    }

    @Test func aNumberAtTheStartOfAWrappedLineIsNoList() throws {
        let text = "You may use any version from version\n2. The choice is yours and nobody else's."
        #expect(try kinds(text).allSatisfy { $0 == .paragraph })
    }

    @Test func aSentenceAboutCopyrightIsNoNotice() throws {
        #expect(try kinds("Copyright law forbids this in most places, and allows that.") == [.paragraph])
    }

    // MARK: Words

    @Test func wordsKeepTheirInnerMarks() throws {
        #expect(try words("Don't use third-party U.S. code!") == ["don't", "use", "third-party", "u.s", "code"])
        #expect(try words("The People's choice (v2.1)") == ["the", "people", "choice", "v2.1"])
        #expect(try words("naïve Ärger ЖУК") == ["naïve", "ärger", "жук"])
        #expect(try words("中文 text") == ["中", "文", "text"])
    }

    @Test func phrasesEndAtMarksAndPossessives() throws {
        let document = try document("source code, object code's author (free software)")
        let joined = document.sentences.flatMap(\.words).map(\.joinsPrevious)
        #expect(joined == [false, true, false, true, false, false, true])
    }

    @Test func aWordOfAThousandLettersIsCut() throws {
        let words = try words(String(repeating: "x", count: 1000))
        #expect(words.allSatisfy { $0.count <= 128 })
        #expect(words.joined().count == 1000)
    }

    @Test(
        arguments: [
            ("licenses", "license"), ("parties", "party"), ("copies", "copy"), ("works", "work"), ("this", "this"),
            ("class", "class"), ("status", "status"), ("goes", "goes"), ("gas", "gas"), ("analysis", "analysis"),
            ("files", "file"),
        ])
    func pluralsFoldIntoSingulars(_ plural: String, _ singular: String) {
        #expect(Stem.plural(plural) == singular)
    }

    @Test func stopWordsAreLowerCaseAndMeetTheText() {
        #expect(StopWords.contains("the") && StopWords.contains("hereunder") && StopWords.contains("don't"))
        #expect(!StopWords.contains("license") && !StopWords.contains("copyright"))
        #expect(StopWords.all.allSatisfy { $0 == $0.lowercased() })
        #expect(StopWords.isAdverb("conspicuously") && !StopWords.isAdverb("family") && !StopWords.isAdverb("supply"))
    }

    // MARK: Layout

    @Test func wrappedTextKeepsItsWordsAndItsWidth() {
        let text = (1...200).map { "word\($0)" }.joined(separator: "  ")
        let wrapped = TextLayout.wrapped(text, width: 40, indent: "  ")
        #expect(wrapped.split(separator: "\n").allSatisfy { $0.count <= 40 && $0.hasPrefix("  w") })
        #expect(wrapped.split(whereSeparator: \.isWhitespace) == text.split(separator: " "))
        #expect(TextLayout.wrapped("a-word-longer-than-the-width", width: 5) == "a-word-longer-than-the-width")
        #expect(TextLayout.wrapped("  ", width: 5) == "")
    }

    @Test func shortenedTextEndsAfterAWord() {
        #expect(TextLayout.shortened("one two three", byteCount: 100) == "one two three")
        #expect(TextLayout.shortened("one two three four", byteCount: 12) == "one two…")
        #expect(TextLayout.shortened("ééééé ééééé", byteCount: 15).utf8.count <= 15)
    }
}
