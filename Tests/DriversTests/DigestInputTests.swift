// The input of text.digest: which part belongs to which document.

import Testing

@testable import TextUnits

struct DigestInputTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func theTableOfContentsSaysWhatEachPartIs() throws {
        let contents = "# Two texts\nk1\tkeywords\tFirst Text\ns1\tsummary\tFirst Text\ns2\tsummary\tSecond\n"
        let input = try DigestInput(
            contents: bytes(contents),
            parts: [
                ("s2", bytes("Two.\n")), ("k1", bytes("alpha\nbeta \n\n")), ("s1", bytes("One.\nMore.\n")),
            ])
        #expect(input.title == "Two texts")
        #expect(
            input.sources == [
                DigestSource(title: "Second", summary: ["Two."]),
                DigestSource(title: "First Text", keywords: ["alpha", "beta"], summary: ["One.", "More."]),
            ])
    }

    @Test func withoutATableLocalIDsSayIt() throws {
        let input = try DigestInput(
            contents: [], parts: [("keywords:a", bytes("x")), ("summary:a", bytes("A.")), ("other", bytes("B."))])
        #expect(
            input.sources == [
                DigestSource(title: "a", keywords: ["x"], summary: ["A."]),
                DigestSource(title: "other", summary: ["B."]),
            ])
    }

    @Test func saysWhatIsWrong() {
        #expect(throws: DigestInputError.nothing) { try DigestInput(contents: [], parts: []) }
        #expect(throws: DigestInputError.badContents(line: 2)) {
            try DigestInput(contents: bytes("# t\nbroken line\n"), parts: [("a", bytes("A."))])
        }
        #expect(throws: DigestInputError.badContents(line: 1)) {
            try DigestInput(contents: bytes("a\tpoem\tA\n"), parts: [("a", bytes("A."))])
        }
        #expect(throws: DigestInputError.part(localID: "a", .notUTF8(offset: 1))) {
            try DigestInput(contents: [], parts: [("a", [97, 0xFF])])
        }
    }

    @Test func anEmptyPartIsADocumentWithoutThatPart() throws {
        let input = try DigestInput(contents: [], parts: [("keywords:a", []), ("summary:a", bytes("A."))])
        #expect(input.sources == [DigestSource(title: "a", summary: ["A."])])
    }
}
