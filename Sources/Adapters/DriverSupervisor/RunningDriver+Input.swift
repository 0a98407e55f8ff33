// What a driver makes camd do: read its standard error and answer its reported calls. Both bounded and rate limited.

import DriverLifecycle
import Linux
import Quota
import Reactor
import Sandbox
import Wording

extension RunningDriver {
    /// One read a turn; beyond its rate the driver waits in its own write.
    func readOutput() {
        guard let output, output.isOpen else { return }
        let count = withUnsafeTemporaryAllocation(byteCount: Self.readBytesMax, alignment: 1) { buffer -> Int? in
            do {
                guard let count = try File.readAvailable(output.fd, into: buffer) else { return nil }
                standardError.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                return count
            } catch {
                return 0
            }
        }
        guard let count else { return }
        if count == 0 { return output.close() }
        if let wait = outputGate.charge(UInt64(count), now: reactor.now) { output.pause(nanoseconds: wait) }
    }

    /// After the end nobody writes any more: what is left is at most what the pipe holds.
    func readLastWords() {
        guard let output, output.isOpen else { return }
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            for _ in 0..<16 {
                do {
                    guard let count = try File.readAvailable(output.fd, into: buffer), count > 0 else { return }
                    standardError.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                } catch {
                    return
                }
            }
        }
    }

    /// One call a turn. Beyond its rate a driver's calls wait: that slows the driver down and nobody else.
    func answerOneCall(_ readiness: Readiness) {
        guard let listener else { return }
        // Nobody is left who could call; to ask for a call would wait for ever.
        if readiness.hungUp { return closeListener() }
        if let wait = attemptGate.takeNanoseconds(now: reactor.now) { return listener.watch.pause(nanoseconds: wait) }
        guard let call = listener.calls.receive() else { return }
        let judgement = judge.judge(call) { address, limit in
            ProcessMemory.read(pid: call.threadID, address: address, limit: limit)
        }
        // What was read belongs to this call only if its thread has waited all the while.
        guard listener.calls.stillWaits(call) else { return }
        if let attempt = judgement.attempt { note(attempt) }
        switch judgement.verdict {
        case .proceed: listener.calls.answer(call, .proceed)
        case .refuse(let errno): listener.calls.answer(call, .refuse(errno))
        case .kill: kill(.forbiddenCall(name: judgement.call))
        }
    }
}
