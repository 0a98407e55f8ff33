// text-lead's three algorithms on small texts whose answers can be seen.

import Testing
import TextUnits

@testable import text_lead

struct LeadTests {
    private func document(_ text: String) throws -> TextDocument { TextDocument(try SourceText(Array(text.utf8))) }

    private let paragraphs = (1...30).map { number in
        "Paragraph number \(number) opens with this sentence about the topic. It goes on with another sentence that says more."
    }.joined(separator: "\n\n")

    @Test func aSummaryIsMadeOfWhatStandsFirst() throws {
        let summary = LeadSummary.sentences(of: try document(paragraphs))
        // One for ten of the thirty that say enough to be chosen.
        #expect(summary.count == 3)
        #expect(summary.first == "Paragraph number 1 opens with this sentence about the topic.")
        #expect(summary.contains("Paragraph number 2 opens with this sentence about the topic."))
    }

    @Test func headingsNoticesAndShoutingAreNoSummary() throws {
        let text = """
            THE TITLE OF IT ALL

            Copyright (c) 2020 Somebody. All rights reserved by the people who wrote this text.

            THIS SOFTWARE IS PROVIDED BY THE AUTHORS AS IS AND WITHOUT ANY WARRANTY OF ANY KIND AT ALL.

            The sandbox keeps every driver away from the files of the machine.
            """
        #expect(
            LeadSummary.sentences(of: try document(text)) == [
                "The sandbox keeps every driver away from the files of the machine."
            ])
    }

    @Test func whatTheTitleNamesIsPreferred() throws {
        func summary(title: String) throws -> [String] {
            let body =
                "Travellers have told many stories of these coasts. The volcanic glass of the island is black and sharp."
            return LeadSummary.sentences(of: try document("\(title)\n\n\(body)"))
        }
        #expect(try summary(title: "Volcanic Glass") == ["The volcanic glass of the island is black and sharp."])
        #expect(try summary(title: "Some Remarks") == ["Travellers have told many stories of these coasts."])
    }

    @Test(arguments: ["word", "Only a title", "one two three\nfour five", "1. 2. 3. a", "HELLO WORLD."])
    func everyTextHasASummary(_ text: String) throws {
        let summary = LeadSummary.sentences(of: try document(text))
        #expect(summary.count == 1)
        #expect(summary.allSatisfy { !$0.isEmpty })
    }

    @Test func keywordsAreTheMostFrequentWords() throws {
        let text = "License and licenses: the license of the code. Code is code. A patent, conspicuously; the patent."
        let keywords = FrequentWords.keywords(of: try document(text))
        // license 3 (two as "license"), code 3, patent 2; ties go to the earlier.
        #expect(keywords == ["license", "code", "patent"])
    }

    @Test func keywordsAreAtMostTen() throws {
        let text = (0..<50).map { "topic\($0)x " }.joined()
        #expect(FrequentWords.keywords(of: try document(text)).count == FrequentWords.keywordsMax)
    }

    @Test func aDigestShowsEveryDocument() {
        let sources = (1...3).map {
            DigestSource(title: "Doc \($0)", keywords: ["a", "b"], summary: ["First \($0).", "Second \($0)."])
        }
        let text = LeadDigest.text(of: DigestInput(title: "", sources: sources))
        #expect(text.hasPrefix("Digest of 3 documents\n====================="))
        for number in 1...3 {
            #expect(text.contains("Doc \(number)\n-----\n  First \(number).\n  Keywords: a, b\n"))
            #expect(!text.contains("Second \(number)."))
        }
    }

    @Test func aHugeDigestSaysWhatItLeavesOut() {
        let sources = (1...3000).map {
            DigestSource(title: "Doc \($0)", summary: [String(repeating: "long words ", count: 60)])
        }
        let text = LeadDigest.text(of: DigestInput(title: "", sources: sources))
        #expect(text.utf8.count < LeadDigest.bytesMax + 4096)
        #expect(text.contains("more documents, left out"))
    }
}
