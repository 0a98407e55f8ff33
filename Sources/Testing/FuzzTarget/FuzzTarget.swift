// What the fuzzer calls: the first byte says which part of CAM the rest is for.

import JSON5
import Rego

/// Something that must not be, beside the traps that Swift finds by itself.
public struct FuzzFinding: Error, CustomStringConvertible {
    public let description: String

    init(_ what: String) { description = what }
}

/// The parts that take bytes from outside. The numbers are in kept cases: they stay.
public enum FuzzTarget: UInt8, CaseIterable, Sendable {
    /// A whole kernel with connections, drivers, a store, a journal and time; the bytes are a program for its world.
    case kernel = 0
    case framing = 1
    case messages = 2
    case json5 = 3
    case json = 4
    case rego = 5
    case segment = 6
    case signedHead = 7
    case explanation = 8
    case token = 9
    case contexts = 10
    case checkpoint = 11
    case store = 12

    /// Kernels are most of what there is to find.
    static func named(by byte: UInt8) -> FuzzTarget { FuzzTarget(rawValue: byte) ?? .kernel }

    /// Runs one input. Comes back, throws what was found, or traps.
    /// - Parameter story: is told what happens, line by line.
    public static func run(
        _ bytes: UnsafeRawBufferPointer, story: (@Sendable (String) -> Void)? = nil
    ) throws(FuzzFinding) {
        var input = FuzzInput(bytes)
        switch named(by: input.byte()) {
        case .kernel: try FuzzWorld.run(&input, story)
        case .framing: try Decoders.frames(input.rest())
        case .messages: try Decoders.message(&input)
        case .json5: _ = try? JSON5Value(json5: String(decoding: input.rest(), as: UTF8.self))
        case .json: try Decoders.json(input.rest())
        case .rego:
            let text = String(decoding: input.rest(), as: UTF8.self)
            try Decoders.module(text)
            Decoders.policy(text)
        case .segment: try Decoders.segment(&input)
        case .signedHead: try Decoders.signedHead(input.rest())
        case .explanation: Decoders.explanation(&input)
        case .token: try Decoders.token(&input)
        case .contexts: try Decoders.contexts(&input)
        case .store: try FuzzStore.run(&input)
        case .checkpoint: try Decoders.checkpoint(input.rest())
        }
    }

    public static func run(_ bytes: [UInt8], story: (@Sendable (String) -> Void)? = nil) throws(FuzzFinding) {
        let outcome = bytes.withUnsafeBytes { (buffer) -> Result<Void, FuzzFinding> in
            Result { () throws(FuzzFinding) in try run(buffer, story: story) }
        }
        try outcome.get()
    }
}
