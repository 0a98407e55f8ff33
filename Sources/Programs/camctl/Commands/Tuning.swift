// Calls of tune_system: administration that changes something, and says what it was before and is now.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum Tuning {
    static func run(
        _ what: TuneSystemRequest.WhatChoice, _ invocation: Invocation, _ console: Console
    ) async throws -> ExitCode {
        try await KernelConnection.with(.administrator, invocation, console) { client in
            let answer = try await client.tuneSystem(TuneSystemRequest(what: what), timeout: invocation.timeout)
            if invocation.wantsJSON {
                console.json(JSONText(message: answer))
            } else {
                console.line("before: \(Table.printable(answer.before.string))")
                console.line("after:  \(Table.printable(answer.after.string))")
                console.line("decision \(answer.decisionID.shown)")
            }
            return .ok
        }
    }
}
