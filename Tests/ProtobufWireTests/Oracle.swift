// The Swift side of oracle.py: the files both exchange, and the decode-and-encode step for a message known by name.

import Foundation
import ProtobufWire
import Testing

/// One message, or bytes that may be one, with what Swift made of them.
struct Record {
    enum Verdict: UInt8 {
        case rejected = 0
        case accepted = 1
        /// Rejected by a rule that Python's protobuf does not have; see `Record.init(judging:)`.
        case stricter = 2
    }

    let type: String
    let bytes: [UInt8]
    let verdict: Verdict
    let reencoded: [UInt8]
}

extension Record {
    private static let types = Dictionary(uniqueKeysWithValues: MessageRegistry.types.map { ($0.name, $0.type) })

    /// Decodes the bytes and encodes what came of them.
    init(judging bytes: [UInt8], as type: String) throws {
        let messageType = try #require(Self.types[type], "\(type) is not in MessageRegistry; run Deploy/generate.sh")
        self.type = type
        self.bytes = bytes
        do {
            reencoded = try Self.reencode(bytes, as: messageType)
            verdict = .accepted
        } catch let error as ProtobufError {
            reencoded = []
            verdict =
                switch error.problem {
                // Python skips groups, drops the bits of a varint beyond the 64th and nests a hundred messages.
                case .groupNotSupported, .varintTooLong, .tooDeep, .tooManyElements: .stricter
                case .truncated, .invalidTag, .invalidUTF8, .tooLarge: .rejected
                }
        }
    }

    private static func reencode<Message: ProtobufMessage>(_ bytes: [UInt8], as type: Message.Type) throws -> [UInt8] {
        let message = try Message(decoding: bytes)
        let reencoded = message.encoded()
        #expect(reencoded.count == message.encodedSize(), "\(type): encodedSize is wrong for \(bytes)")
        return reencoded
    }
}

// MARK: Files

extension Record {
    static func write(_ records: [Record], to file: URL) throws {
        var bytes: [UInt8] = []
        func append(_ part: [UInt8]) {
            withUnsafeBytes(of: UInt32(part.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: part)
        }
        for record in records {
            append(Array(record.type.utf8))
            append(record.bytes)
            bytes.append(record.verdict.rawValue)
            append(record.reencoded)
        }
        try Data(bytes).write(to: file)
    }

    /// The types and bytes in a file of the oracle.
    static func read(_ file: URL) throws -> [(type: String, bytes: [UInt8])] {
        let bytes = [UInt8](try Data(contentsOf: file))
        var offset = 0
        func next() -> [UInt8] {
            let count = Int(bytes[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            offset += 4 + count
            return Array(bytes[offset - count..<offset])
        }
        var records: [(type: String, bytes: [UInt8])] = []
        while offset < bytes.count {
            let type = String(decoding: next(), as: UTF8.self)
            records.append((type, next()))
            offset += 1
            _ = next()
        }
        return records
    }
}
