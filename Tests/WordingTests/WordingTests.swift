// Goal: what people read is right to the letter and cannot deceive them.

import Testing
import Wording

struct WordingTests {
    @Test func aMomentIsShownInUTC() {
        let moments: [(Int64, String)] = [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_795_212_165_602, "2026-11-20T22:02:45.602Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        ]
        for (milliseconds, text) in moments { #expect(UTCTime.text(nanoseconds: milliseconds * 1_000_000) == text) }
        #expect(UTCTime.text(nanoseconds: .max) == "2262-04-11T23:47:16.854Z")
        #expect(UTCTime.text(nanoseconds: -1) == "1970-01-01T00:00:00.000Z")
    }

    @Test func nothingActsUponATerminal() {
        #expect("a\u{1B}[2J\u{7F}\u{9B}1m\r\n\tb".printable() == #"a\u{1B}[2J\u{7F}\u{009B}1m\r\n\tb"#)
        #expect("a\tb\n".printable(keepingTabs: true) == "a\tb\\n")
        #expect("safe\u{202E}fdp.exe\u{2028}".printable() == #"safe\u{202E}fdp.exe\u{2028}"#)
        #expect("Grüße, 世界 👍 ~".printable() == "Grüße, 世界 👍 ~")
    }

    @Test func quotesCannotBeLeft() {
        #expect(#"a"b\c"#.printable() == #"a"b\c"#)
        #expect(#"a"b\c"#.printable(quotes: true) == #"a\"b\\c"#)
    }

    @Test func nearestNamesAreNearEnoughOrNone() {
        #expect(NearestName.distance("kitten", "sitting") == 3)
        #expect(NearestName.distance("brust", "burst") == 1)
        #expect(NearestName.distance("", "abc") == 3)
        #expect(NearestName.of("staus", among: ["start", "status"]) == "status")
        #expect(NearestName.of("x", among: ["status"]) == nil)
        #expect(NearestName.of("statsu", among: ["status", "stats"]) == "status")
    }

    private func lastLines(_ text: String) -> [String] {
        var lines = LastLines(count: 50, bytesMax: 4096)
        Array(text.utf8).withUnsafeBytes { lines.append($0) }
        return lines.lines
    }

    @Test func theLastLinesAreKeptAlsoAnUnfinishedOne() {
        let lines = lastLines((1...100).map { "line \($0)\n" }.joined() + "rest")
        #expect(lines.count == 50)
        #expect(lines.first == "line 52")
        #expect(lines.last == "rest")
        #expect(lastLines("").isEmpty)
    }

    @Test func aLineWithoutEndIsCutAndNothingActsOnATerminal() throws {
        let long = try #require(lastLines(String(repeating: "a", count: 1 << 20) + "\nnext\n").first)
        #expect(long.utf8.count == 4096 + 4 && long.hasSuffix("a …"))
        #expect(lastLines("\u{1B}[31mred\u{7F}\n") == ["\\u{1B}[31mred\\u{7F}"])
        var broken = LastLines(count: 50, bytesMax: 4096)
        ([0xC3, 0x28, 0x0A] as [UInt8]).withUnsafeBytes { broken.append($0) }
        #expect(broken.lines.count == 1)
    }
}
