// The driver of the end-to-end tests: does what its input says, also what no driver should do. Never installed.
//
// Arguments: "slots=N", then the capabilities it offers, which its manifest must declare too.

import ABI
import CAMDriverKit
import ProtobufWire

let words = CommandLine.arguments.dropFirst()
let slots = words.compactMap { $0.hasPrefix("slots=") ? UInt32($0.dropFirst(6)) : nil }.first ?? 1
let offered = words.filter { !$0.hasPrefix("slots=") }.map { Capability(name: Text($0), quality: 0.5) }

await Driver(name: "test-driver", capabilities: offered, slots: slots) { upcall in
    try await Behaviour.perform(upcall)
}.runProgram()
