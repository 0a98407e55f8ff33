// Both drivers on the licence texts that every Debian carries, and on inputs made to be slow.

import ABI
import Fixtures
import Foundation
import ProtobufWire
import Testing
import TextService
import TextUnits

@testable import text_lead
@testable import text_rank

struct RealTextTests {
    static let folder = "/usr/share/common-licenses"
    static let texts: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().map { "\(folder)/\($0)" }
    }()

    private static let services = [("text-lead", LeadService.service), ("text-rank", RankService.service)]

    private func lines(_ service: TextService, _ capability: String, _ input: [UInt8]) throws -> [String] {
        let result = try service.answer(
            InvokeUpcall(capability: "\(capability)", input: input, contentType: "text/plain"))
        let output = try #require(String(validating: result.output, as: UTF8.self))
        #expect(output.hasSuffix("\n"))
        #expect(result.contentType == "text/plain; charset=utf-8")
        return output.split(separator: "\n").map(String.init)
    }

    private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    @Test(.enabled(if: !texts.isEmpty, "there are no licence texts on this machine"), arguments: texts)
    func summariesAreSentencesOfTheTextInItsOrder(_ path: String) throws {
        let input = try bytes(path)
        let text = WhiteSpace.collapsed(String(decoding: input, as: UTF8.self))
        for (name, service) in Self.services {
            let summary = try lines(service, "text.summarize", input)
            #expect((1...5).contains(summary.count))
            var from = text.startIndex
            for sentence in summary {
                let range = text.range(of: sentence, range: from..<text.endIndex)
                let found = try #require(range, "\(name): not in the text after the sentence before: \(sentence)")
                from = found.upperBound
                #expect(sentence.split(separator: " ").count >= 3, "\(name): \(sentence)")
            }
        }
    }

    @Test(.enabled(if: !texts.isEmpty, "there are no licence texts on this machine"), arguments: texts)
    func keywordsOccurInTheText(_ path: String) throws {
        let input = try bytes(path)
        let text = WhiteSpace.collapsed(String(decoding: input, as: UTF8.self)).lowercased()
        for (name, service) in Self.services {
            let keywords = try lines(service, "text.keywords", input)
            #expect((5...10).contains(keywords.count), "\(name): \(keywords)")
            #expect(Set(keywords).count == keywords.count)
            for keyword in keywords {
                #expect(text.contains(keyword), "\(name): \(keyword)")
                #expect(
                    keyword.split(separator: " ").allSatisfy { !StopWords.contains(String($0)) }, "\(name): \(keyword)")
            }
        }
    }

    @Test(.enabled(if: !texts.isEmpty, "there are no licence texts on this machine"), arguments: texts)
    func theSameTextGivesTheSameAnswer(_ path: String) throws {
        let input = try bytes(path)
        for (_, service) in Self.services {
            for capability in ["text.summarize", "text.keywords", "text.digest"] {
                let first = try lines(service, capability, input)
                let second = try lines(service, capability, input)
                #expect(first == second)
            }
        }
    }

    /// What each text is about, as its readers would say: a wrong algorithm would miss these.
    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "\(folder)/GPL-3"), "there is no GPL-3 on this machine"))
    func theKeywordsOfKnownTextsAreKnown() throws {
        let expected = [
            ("GPL-3", ["covered work", "corresponding source"]), ("Apache-2.0", ["derivative works"]),
            ("MPL-1.1", ["covered code", "initial developer"]), ("GFDL-1.3", ["modified version"]),
        ]
        for (name, keywords) in expected where FileManager.default.fileExists(atPath: "\(Self.folder)/\(name)") {
            let found = try lines(RankService.service, "text.keywords", try bytes("\(Self.folder)/\(name)"))
            for keyword in keywords { #expect(found.contains(keyword), "\(name): \(found)") }
            let frequent = try lines(LeadService.service, "text.keywords", try bytes("\(Self.folder)/\(name)"))
            #expect(!Set(frequent).isDisjoint(with: ["license", "work", "code", "document"]), "\(name): \(frequent)")
        }
    }

    // MARK: Bounded time

    /// Inputs that break rules of thumb: 1 MiB of prose, and 64 KiB each of what would show quadratic time.
    static let large: [(name: String, text: String)] = {
        let size = 64 << 10
        func fill(_ piece: String) -> String { String(repeating: piece, count: size / piece.utf8.count) }
        let words = (0..<4000).map { "topic\($0 * 7919 % 4001)" }
        let prose = (0..<11_000).map { number in
            "The \(words[number * 31 % 4000]) of the \(words[number * 17 % 4000]) is \(words[number % 97]) in the \(words[number % 13])."
                + (number % 5 == 0 ? "\n\n" : " ")
        }.joined()
        return [
            ("prose", prose), ("the same sentence", fill("This is the very same sentence as the one before it. ")),
            ("one word", fill("x")), ("one line", fill("word ")), ("full stops", "a" + fill(".") + "b"),
            ("stops and spaces", "a" + fill(". ")), ("blank lines", "a" + fill("\n")), ("short lines", fill("ab\n")),
            ("bullets", fill("- item\n")), ("brackets", "a" + fill("((((")), ("initials", fill("A. ")),
            ("capitals", fill("THE LICENSE OF IT ALL. ")), ("ideographs", fill("漢字")), ("hyphens", fill("a-")),
            ("combining marks", "a" + fill("\u{0301}")), ("notices", fill("Copyright (c) 2020 X\n\n")),
        ]
    }()

    @Test(.timeLimit(.minutes(5)), arguments: large.map(\.name)) func largeInputsAreDoneInBoundedTime(_ name: String)
        async throws
    {
        let text = try #require(Self.large.first { $0.name == name }).text
        let input = Array(text.utf8)
        // On a thread of its own: other tests wait for processes meanwhile.
        try await onThread {
            for (driver, service) in Self.services {
                for capability in ["text.summarize", "text.keywords"] {
                    let start = ContinuousClock.now
                    let result = try service.answer(InvokeUpcall(capability: "\(capability)", input: input))
                    let duration = start.duration(to: .now)
                    // Unoptimised and on a busy machine; an optimised build takes less than a second for 1 MiB.
                    #expect(duration < .seconds(60), "\(driver) \(capability) took \(duration)")
                    #expect(result.output.count < 32 << 10)
                }
            }
        }
    }
}
