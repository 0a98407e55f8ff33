// Goal: ProtobufWire and Python's protobuf agree about every message type, on good bytes and on bad ones.
// Method: Python makes the random messages, of all types in a FileDescriptorSet, because only there do descriptors exist
// at run time; Swift reaches its types through the generated MessageRegistry. Both sides compare encoded bytes, which are
// one to one with values on either side and, unlike ==, do not stumble over NaN.

import Foundation
import Testing

@Suite(
    .enabled(if: Tool.protoc != nil, "protoc is not installed"),
    .enabled(if: Tool.python != nil, "no Python with the package protobuf; Deploy/setup.sh makes one"))
struct PythonAgreementTests {
    @Test func randomMessagesOfEveryTypeSurviveBothWays() throws {
        try withTemporaryFolder { folder in
            let messages = try generate(seed: 1, count: 40, in: folder)
            #expect(Set(messages.map(\.type)) == Set(MessageRegistry.types.map(\.name)))
            // Python → Swift: decoded and encoded again, the bytes are the same.
            let records = try messages.map { try Record(judging: $0.bytes, as: $0.type) }
            for record in records {
                #expect(record.reencoded == record.bytes, "\(record.type)")
            }
            // Swift → Python → Swift: Python parses Swift's bytes, serialises them, and Swift finds the same message.
            let fromSwift = try records.map { try Record(judging: $0.reencoded, as: $0.type) }
            let back = try judge(fromSwift, in: folder)
            #expect(back.count == fromSwift.count)
            for (original, returned) in zip(fromSwift, back) {
                #expect(try Record(judging: returned.bytes, as: returned.type).reencoded == original.bytes)
            }
        }
    }

    @Test func truncatedMessagesAreJudgedAlike() throws {
        try withTemporaryFolder { folder in
            var random = SplitMix64(state: 2)
            let messages = try generate(seed: 2, count: 8, in: folder)
            let records = try messages.flatMap { message in
                try (0..<12).map { _ in
                    let count = Int.random(in: 0...message.bytes.count, using: &random)
                    return try Record(judging: Array(message.bytes.prefix(count)), as: message.type)
                }
            }
            _ = try judge(records, in: folder)
            #expect(records.contains { $0.verdict == .rejected })
            #expect(records.contains { $0.verdict == .accepted })
        }
    }

    @Test func bitFlippedMessagesAreJudgedAlike() throws {
        try withTemporaryFolder { folder in
            var random = SplitMix64(state: 3)
            let messages = try generate(seed: 3, count: 8, in: folder).filter { !$0.bytes.isEmpty }
            let records = try messages.flatMap { message in
                try (0..<24).map { _ in
                    var bytes = message.bytes
                    for _ in 0..<Int.random(in: 1...4, using: &random) {
                        let index = Int.random(in: 0..<bytes.count, using: &random)
                        bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    }
                    return try Record(judging: bytes, as: message.type)
                }
            }
            _ = try judge(records, in: folder)
            #expect(records.contains { $0.verdict == .rejected })
            #expect(records.contains { $0.verdict == .accepted })
        }
    }

    @Test func randomBytesAreJudgedAlike() throws {
        try withTemporaryFolder { folder in
            var random = SplitMix64(state: 4)
            let records = try MessageRegistry.types.flatMap { entry in
                try (0..<40).map { _ in
                    let bytes = (0..<Int.random(in: 0..<64, using: &random)).map { _ in
                        // Small numbers make tags of real fields more often than chance would.
                        UInt8.random(in: 0...(Bool.random(using: &random) ? 255 : 48), using: &random)
                    }
                    return try Record(judging: bytes, as: entry.name)
                }
            }
            _ = try judge(records, in: folder)
        }
    }

    // MARK: The oracle

    private func generate(seed: Int, count: Int, in folder: URL) throws -> [(type: String, bytes: [UInt8])] {
        let file = folder.appendingPathComponent("generated")
        try runOracle(["generate", descriptorSet(in: folder), "\(seed)", "\(count)", file.path])
        return try Record.read(file)
    }

    /// Fails the test for each record about which Python disagrees; gives those that both accept as Python writes them.
    private func judge(_ records: [Record], in folder: URL) throws -> [(type: String, bytes: [UInt8])] {
        let input = folder.appendingPathComponent("judged")
        let output = folder.appendingPathComponent("reserialised")
        try Record.write(records, to: input)
        try runOracle(["judge", descriptorSet(in: folder), input.path, output.path])
        return try Record.read(output)
    }

    private func runOracle(_ arguments: [String]) throws {
        let script = Tool.repository.appendingPathComponent("Tests/ProtobufWireTests/oracle.py").path
        let outcome = try Tool.run(try #require(Tool.python), ["-B", script] + arguments)
        #expect(outcome.status == 0)
        #expect(outcome.output.isEmpty, "\(outcome.output.prefix(4000))")
    }

    private func descriptorSet(in folder: URL) throws -> String {
        let file = folder.appendingPathComponent("descriptors").path
        guard !FileManager.default.fileExists(atPath: file) else { return file }
        let protos = try FileManager.default.contentsOfDirectory(
            atPath: Tool.repository.appendingPathComponent("Proto/cam/v1").path)
        let outcome = try Tool.run(
            try #require(Tool.protoc),
            ["-I", Tool.repository.appendingPathComponent("Proto").path, "--descriptor_set_out", file]
                + protos.filter { $0.hasSuffix(".proto") }.sorted().map { "cam/v1/\($0)" })
        try #require(outcome.status == 0, "\(outcome.output)")
        return file
    }
}
