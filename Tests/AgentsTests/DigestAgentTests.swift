// digest-agent without a kernel: its command line, its reading of folders, its graph, its table.

import ABI
import Fixtures
import Foundation
import Linux
import ProtobufWire
import Testing

@testable import digest_agent

struct DigestAgentTests {
    // MARK: Command line

    @Test func theCommandLineHasDefaultsAndBounds() throws {
        #expect(try Arguments([]) == Arguments())
        #expect(Arguments().folder == "/usr/share/common-licenses")
        let all = try Arguments(["--documents", "3", "folder", "--bytes", "10", "--timeout", "5", "--socket", "/s"])
        #expect(all.folder == "folder" && all.documentsMax == 3 && all.documentBytesMax == 10)
        #expect(all.timeoutSeconds == 5 && all.socketPath == "/s")
        #expect(try Arguments(["--help"]).wantsHelp)
    }

    @Test(
        arguments: [
            ["--documents"], ["--documents", "0"], ["--documents", "1001"], ["--documents", "x"], ["--bytes", "-1"],
            ["--socket", ""], ["--colour"], ["a", "b"], ["--timeout", "86401"],
        ])
    func aWrongCommandLineIsRefused(_ words: [String]) {
        #expect(throws: UsageError.self) { try Arguments(words) }
    }

    // MARK: Folders

    private func read(_ folder: TemporaryFolder, documents: Int = 100, bytes: Int = 1 << 20) throws -> DocumentFolder {
        try DocumentFolder(folder.path, documentsMax: documents, documentBytesMax: bytes)
    }

    @Test func readsTextsInOrderAndSaysWhatItLeavesOut() throws {
        let folder = try TemporaryFolder("documents")
        try folder.file("b.txt", "Second text.")
        try folder.file("a.txt", "First text.")
        try folder.file("empty", "")
        try folder.file("nul", "bin\u{0}ary")
        try folder.file("large", String(repeating: "word ", count: 100))
        try folder.folder("inner")
        #expect(symlink("a.txt", folder.path("link")) == 0)
        let descriptor = try File.open(folder.path("latin1"), [.writeOnly, .create])
        try File.writeAll(descriptor.rawValue, [0x41, 0xE4, 0x20])
        let found = try read(folder, bytes: 400)
        #expect(found.documents.map(\.name) == ["a.txt", "b.txt"])
        #expect(found.documents[0].bytes == Array("First text.".utf8))
        #expect(
            found.notes == [
                "skipped empty: empty: there is no word in it", "skipped inner: a folder",
                "skipped large: 500 bytes, more than 400", "skipped latin1: not UTF-8 text",
                "skipped link: a symbolic link", "skipped nul: not text: it has NUL bytes",
            ])
    }

    @Test(.enabled(if: ThisProcess.effectiveUserID != 0, "root can read everything"))
    func aFileThatMayNotBeReadIsSkippedWithTheReason() throws {
        let folder = try TemporaryFolder("documents")
        try folder.file("open", "A text.")
        try folder.file("shut", "A text.", mode: 0)
        let found = try read(folder)
        #expect(found.documents.map(\.name) == ["open"])
        #expect(found.notes.count == 1 && found.notes[0].contains("shut"))
    }

    @Test func theLimitsAreSaidAloud() throws {
        let folder = try TemporaryFolder("documents")
        for number in 0..<5 { try folder.file("text\(number)", "Text number \(number).") }
        let found = try read(folder, documents: 3)
        #expect(found.documents.count == 3)
        #expect(found.notes == ["left out the last 2 entries: 3 documents are the limit"])
    }

    @Test func aFolderWithoutDocumentsIsAnError() throws {
        let folder = try TemporaryFolder("documents")
        #expect(throws: UsageError.self) { try read(folder) }
        #expect(throws: UsageError.self) {
            try DocumentFolder(folder.path("missing"), documentsMax: 1, documentBytesMax: 1)
        }
    }

    // MARK: Graph

    @Test func theGraphHasTwoTasksADocumentAndADigestOfThemAll() throws {
        let documents = [Document(name: "one", bytes: [1]), Document(name: "tab\there", bytes: [2])]
        let graph = DigestGraph(documents, title: "T", idempotencyKey: "key")
        let specs = graph.request.tasks
        #expect(graph.request.envelope?.idempotencyKey == "key")
        #expect(specs.map(\.localID) == ["keywords-1", "summary-1", "keywords-2", "summary-2", "digest"])
        #expect(specs.map(\.capability).prefix(2) == ["text.keywords", "text.summarize"])
        #expect(specs[2].input == [2] && specs[3].input == [2])
        let digest = try #require(specs.last)
        #expect(digest.inputFrom == ["keywords-1", "summary-1", "keywords-2", "summary-2"])
        #expect(
            String(decoding: digest.input, as: UTF8.self)
                == "# T\nkeywords-1\tkeywords\tone\nsummary-1\tsummary\tone\n"
                + "keywords-2\tkeywords\ttab here\nsummary-2\tsummary\ttab here\n")
        #expect(graph.tasks.map(\.localID) == specs.map(\.localID))
    }

    @Test func keysOfResultsFitAndDiffer() {
        #expect(DigestMemory.key("GPL-3", .keywords) == "GPL-3/keywords")
        #expect(DigestMemory.key("", .digest) == "digest")
        let long = String(repeating: "é", count: 127)
        let keys = [long + "a", long + "b"].map { DigestMemory.key($0, .keywords) }
        #expect(keys.allSatisfy { $0.utf8Count <= Limits.contextNameBytesMax })
        #expect(keys[0] != keys[1])
    }

    // MARK: Progress and table

    @Test func progressCountsEachTaskOnce() {
        var counts = ProgressCounts(total: 3)
        for state in [TaskState.queued, .running, .succeeded, .running] {
            counts.note(TaskStatus(taskID: 1, state: state))
        }
        counts.note(TaskStatus(taskID: 2, state: .failed))
        counts.note(TaskStatus(taskID: 3, state: .running))
        #expect(counts.ended == 2 && counts.running == 1 && counts.failed == 1)
        #expect(counts.sentence == "progress: 2 of 3 tasks done, 1 running, 1 failed")
    }

    @Test func theTableIsAlignedAndSumsUp() {
        let rows = [
            (
                task: PlannedTask(localID: "k", kind: .keywords, document: "GPL-3"),
                status: TaskStatus(
                    state: .succeeded, executor: "text-lead", usage: Usage(latencyUs: 900, costMicros: 30),
                    waitedUs: 20_000,
                    attempts: 1)
            ),
            (
                task: PlannedTask(localID: "digest", kind: .digest, document: ""),
                status: TaskStatus(state: .failed, attempts: 3)
            ),
        ]
        #expect(
            ResultTable.text(rows) == """
                document  work      state      executor   cost  waited    took  tries
                GPL-3     keywords  succeeded  text-lead    30   20 ms  900 µs      1
                (all)     digest    failed     -             0    0 µs    0 µs      3

                2 tasks: 1 on text-lead; total cost 30 millionths

                """)
        #expect(ResultTable.time(12_000_000) == "12 s")
    }
}
