// PageRank, TextRank and RAKE against values worked out by hand, against a dense oracle, and against the papers' own example.

import Foundation
import Testing
import TextUnits

@testable import text_rank

struct RankingTests {
    private func document(_ text: String) throws -> TextDocument { TextDocument(try SourceText(Array(text.utf8))) }

    /// Numbers that are the same on every run.
    private struct Sequence: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            // SplitMix64.
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    @Test func theLogarithmIsTheLogarithm() {
        for number in 1...10_000 {
            #expect(abs(NaturalLogarithm.of(Double(number)) - log(Double(number))) < 1e-13)
        }
        for exponent in stride(from: -300.0, through: 300, by: 7.3) {
            let value = pow(10, exponent)
            #expect(abs(NaturalLogarithm.of(value) - log(value)) < 1e-12)
        }
        #expect(NaturalLogarithm.of(1) == 0)
    }

    // MARK: PageRank

    /// a – c – b: rank(c) = 0.05 + 0.85·(rank(a) + rank(b)) and rank(a) = 0.05 + 0.85·rank(c)/2, so rank(c) = 0.135/0.2775.
    @Test func aPathOfThreeHasTheRanksWorkedOutByHand() {
        let graph = WeightedGraph(vertexCount: 3, edges: [(0, 2, 1), (1, 2, 1)])
        let ranks = PageRank.ranks(of: graph)
        let middle = 0.135 / 0.2775
        #expect(abs(ranks[2] - middle) < 1e-8)
        #expect(abs(ranks[0] - (1 - middle) / 2) < 1e-8)
        #expect(ranks[0] == ranks[1])
    }

    @Test func weightsPullRank() {
        let graph = WeightedGraph(vertexCount: 3, edges: [(0, 1, 9), (0, 2, 1), (1, 2, 1)])
        let ranks = PageRank.ranks(of: graph)
        #expect(abs(ranks[0] - ranks[1]) < 1e-9)
        #expect(ranks[0] > ranks[2] * 2)
    }

    @Test func degenerateGraphsHaveRanksToo() {
        #expect(PageRank.ranks(of: WeightedGraph(vertexCount: 0, edges: [])) == [])
        #expect(PageRank.ranks(of: WeightedGraph(vertexCount: 1, edges: [])) == [1])
        let lonely = PageRank.ranks(of: WeightedGraph(vertexCount: 4, edges: [(0, 1, 2)]))
        #expect(abs(lonely.reduce(0, +) - 1) < 1e-9)
        #expect(lonely[0] > lonely[2] && lonely[2] == lonely[3])
    }

    @Test(arguments: 1...20) func ranksSumToOneAndAgreeWithADenseSolution(seed: Int) {
        var random = Sequence(state: UInt64(seed))
        let count = Int.random(in: 2...40, using: &random)
        var edges: [(a: Int, b: Int, weight: Double)] = []
        for a in 0..<count {
            for b in (a + 1)..<max(a + 1, count) where Int.random(in: 0..<4, using: &random) == 0 {
                edges.append((a, b, Double.random(in: 0.01...5, using: &random)))
            }
        }
        let ranks = PageRank.ranks(of: WeightedGraph(vertexCount: count, edges: edges.shuffled(using: &random)))
        #expect(abs(ranks.reduce(0, +) - 1) < 1e-9)
        #expect(ranks.allSatisfy { $0 > 0 })
        for (rank, expected) in zip(ranks, denseRanks(count, edges)) { #expect(abs(rank - expected) < 1e-7) }
    }

    /// The same equation by brute force on a full matrix.
    private func denseRanks(_ count: Int, _ edges: [(a: Int, b: Int, weight: Double)]) -> [Double] {
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        for edge in edges {
            matrix[edge.a][edge.b] = edge.weight
            matrix[edge.b][edge.a] = edge.weight
        }
        let sums = matrix.map { $0.reduce(0, +) }
        var ranks = [Double](repeating: 1 / Double(count), count: count)
        for _ in 0..<2000 {
            ranks = (0..<count).map { i in
                var sum = 0.0
                for j in 0..<count {
                    sum += ranks[j] * (sums[j] > 0 ? matrix[j][i] / sums[j] : 1 / Double(count))
                }
                return 0.15 / Double(count) + 0.85 * sum
            }
        }
        return ranks
    }

    // MARK: TextRank

    @Test func similarityIsSharedWordsOverTheLogarithmsOfTheLengths() throws {
        let text = """
            The red fox jumps over the lazy dog at night. \
            The red fox sleeps near the lazy dog at noon. \
            An entirely unrelated proposition concerns algebra and its history here.
            """
        let graph = SentenceRank(try document(text)).graph()
        #expect(graph.count == 3)
        // {red fox jumps lazy dog night} and {red fox sleeps lazy dog noon}: four of six and six.
        #expect(graph.neighbours == [1, 0])
        #expect(abs(graph.weights[0] - 4 / (2 * log(6))) < 1e-12)
    }

    @Test func theSentenceThatOthersResembleWins() throws {
        let text = """
            A free license lets users copy the program. \
            The weather was fine on that day in the mountains. \
            Users of a free program may copy it under the license and share copies with other users. \
            The license lets users share the program with others. \
            Somebody painted the old bridge green in early spring.
            """
        let summary = SentenceRank(try document(text)).summary()
        #expect(summary == ["Users of a free program may copy it under the license and share copies with other users."])
    }

    @Test func aSummaryDoesNotSayTheSameTwice() throws {
        let repeated = "The licensee must keep every copyright notice in all copies of the software. "
        let other = "A patent grant covers any claim that the contributor can license for this software. "
        let text = String(repeating: repeated, count: 15) + String(repeating: other, count: 8)
        let summary = SentenceRank(try document(text)).summary()
        #expect(Set(summary).count == summary.count)
        #expect(summary.count == 2)
    }

    @Test func atMostSoManySentencesTakePartAndEveryPartOfTheTextDoes() throws {
        var random = Sequence(state: 7)
        let nouns = (0..<300).map { "noun\($0)x" }
        let text = (0..<5000).map { number in
            "Sentence marker\(number)q has the \(nouns.randomElement(using: &random) ?? "") of a "
                + "\(nouns.randomElement(using: &random) ?? "") in the house."
        }.joined(separator: " ")
        let rank = SentenceRank(try document(text))
        #expect(rank.graph().count == SentenceRank.sentencesMax)
        #expect(rank.summary().count == SentenceRank.chosenMax)
    }

    // MARK: RAKE

    /// The abstract that the paper works through (figure 1.1), with the three keywords it scores highest: "minimal generating sets"
    /// 8.7, "linear diophantine equations" 8.5, "minimal supporting set" 7.7.
    @Test func thePapersExampleGivesThePapersKeywords() throws {
        let abstract = """
            Compatibility of systems of linear constraints over the set of natural numbers. Criteria of compatibility of a \
            system of linear Diophantine equations, strict inequations, and nonstrict inequations are considered. Upper bounds \
            for components of a minimal set of solutions and algorithms of construction of minimal generating sets of \
            solutions for all types of systems are given. These criteria and the corresponding algorithms for constructing a \
            minimal supporting set of solutions can be used in solving all the considered types of systems and systems of \
            mixed types.
            """
        let keywords = RakeKeywords.keywords(of: try document(abstract))
        let texts = keywords.map(\.text)
        for expected in ["minimal generating sets", "linear diophantine equations", "minimal supporting set"] {
            #expect(texts.contains(expected), "\(texts)")
        }
        let order = keywords.filter { $0.count == 1 }.map(\.score)
        #expect(order == order.sorted(by: >))
    }

    /// "deep learning" twice, "learning" alone once: frequency(learning) = 3, degree = 2 + 2 + 1 = 5; deep 2 and 4.
    @Test func scoresAreDegreeOverFrequencyTimesTheLogarithmOfOccurrences() throws {
        let keywords = RakeKeywords.keywords(
            of: try document("The deep learning is the learning of the deep learning."))
        let first = try #require(keywords.first)
        #expect(first.text == "deep learning")
        #expect(first.count == 2)
        #expect(abs(first.score - (4.0 / 2 + 5.0 / 3) * log(3)) < 1e-12)
        // "learning" stands in a better keyword already.
        #expect(keywords.count == 1)
    }

    @Test func pluralsCountWithSingularsAndTheCommonerSpellingIsShown() throws {
        let text = "The covered work, the covered works and the covered works. A covered work, for the covered works."
        let keywords = RakeKeywords.keywords(of: try document(text))
        #expect(keywords.first?.text == "covered works")
        #expect(keywords.first?.count == 5)
    }

    // MARK: Digest

    private let sources = [
        DigestSource(title: "A", keywords: ["source code", "license"], summary: ["A is about source code."]),
        DigestSource(
            title: "B", keywords: ["source codes", "patent"], summary: ["B is about patents in source code."]),
        DigestSource(title: "C", keywords: ["weather"], summary: ["C is about the weather."]),
    ]

    @Test func aDigestNamesWhatIsSharedAndWhoIsNearest() {
        let digest = RankDigest(DigestInput(title: "", sources: sources))
        let themes = digest.themes()
        #expect(themes.count == 1)
        #expect(themes.first?.keyword == "source code" && themes.first?.documents == 2)
        // Stems {source code license} and {source code patent}: two of four.
        #expect(digest.nearest(to: 0)?.title == "B")
        #expect(digest.nearest(to: 0)?.share == 0.5)
        #expect(digest.nearest(to: 2) == nil)
    }

    @Test func aDigestHasEveryDocumentInOrder() {
        let text = RankDigest.text(of: DigestInput(title: "Three texts", sources: sources))
        #expect(text.hasPrefix("Three texts\n===========\n"))
        let positions = ["\nA\n-\n", "\nB\n-\n", "\nC\n-\n"].compactMap { text.range(of: $0)?.lowerBound }
        #expect(positions.count == 3)
        #expect(positions == positions.sorted())
        #expect(text.contains("source code (2)"))
    }
}
