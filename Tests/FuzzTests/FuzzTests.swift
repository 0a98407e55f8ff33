// Goal: what the fuzzer has found once stays found. Method: every kept case and every seed runs as under the fuzzer.

import Foundation
import FuzzTarget
import Testing

struct FuzzTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Cases")

    /// Each case is a file of hexadecimal digits; lines that begin with # tell what it was.
    private static let cases: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".hex") }
        .sorted()

    @Test(arguments: cases)
    func keptCasesDoNotComeBack(name: String) throws {
        let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
        let lines = text.split(separator: "\n")
        #expect(lines.first?.hasPrefix("# ") == true, "\(name) does not say what it was")
        let digits = lines.filter { !$0.hasPrefix("#") }.joined().filter { !$0.isWhitespace }
        try #require(digits.count.isMultiple(of: 2))
        let bytes = try stride(from: 0, to: digits.count, by: 2).map { place in
            let start = digits.index(digits.startIndex, offsetBy: place)
            return try #require(UInt8(digits[start...].prefix(2), radix: 16))
        }
        try FuzzTarget.run(bytes)
    }

    @Test func seedsFindNothing() throws {
        for (place, seed) in FuzzSeeds.all.enumerated() {
            do throws(FuzzFinding) {
                try FuzzTarget.run(seed)
            } catch {
                Issue.record("seed \(place): \(error)")
            }
        }
    }

    @Test func everyPartHasASeed() {
        #expect(Set(FuzzSeeds.all.compactMap(\.first)).count == FuzzTarget.allCases.count)
    }
}
