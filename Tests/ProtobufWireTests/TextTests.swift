// Goal: texts are equal, hashed and ordered by their bytes and by nothing else.

import ProtobufWire
import Testing

struct TextTests {
    @Test func canonicallyEquivalentTextsDiffer() {
        #expect("\u{E9}" == "e\u{301}", "as Swift strings they are equal")
        #expect(Text("\u{E9}") != Text("e\u{301}"))
        #expect(Set<Text>(["\u{E9}", "e\u{301}", "\u{E9}"]).count == 2)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 64])
    func everyByteCounts(count: Int) {
        let text = [UInt8](repeating: 0x61, count: count)
        #expect(Text(String(decoding: text, as: UTF8.self)) == text.withUnsafeBytes { Text(validating: $0) })
        for index in 0..<count {
            var other = text
            other[index] = 0x62
            #expect(Text(String(decoding: text, as: UTF8.self)) != Text(String(decoding: other, as: UTF8.self)))
        }
        #expect(Text(String(decoding: text, as: UTF8.self)) != Text(String(decoding: text + [0], as: UTF8.self)))
    }

    @Test func orderIsThatOfTheBytes() {
        let texts: [Text] = ["", "\u{0}", "Z", "a", "a\u{0}", "ab", "e\u{301}", "z", "\u{E9}", "\u{FFFF}", "\u{10000}"]
        #expect(texts.shuffled().sorted() == texts)
        #expect(!(Text("a") < Text("a")))
    }

    @Test func invalidUTF8IsNoText() {
        let valid: [UInt8] = [0xF0, 0x9F, 0xA6, 0x8A]
        #expect(valid.withUnsafeBytes { Text(validating: $0) } == "🦊")
        #expect(valid.dropLast().withUnsafeBytes { Text(validating: $0) } == nil)
        #expect(Text(validating: UnsafeRawBufferPointer(start: nil, count: 0)) == "")
    }

    @Test func interpolationAndDescriptionsGiveTheText() {
        let name: Text = "agent"
        let built: Text = "\(name)-\(7)"
        #expect(built == "agent-7")
        #expect("\(built)" == "agent-7")
        #expect(built.debugDescription == "\"agent-7\"")
        #expect(built.utf8Count == 7)
    }
}
