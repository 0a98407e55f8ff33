// Directives as lines that people read.

import ABI
import Containers
import Framing
import Kernel
import ProtobufWire

enum DirectiveText {
    static func describe(_ directive: Directive, _ bytes: UnsafeRawBufferPointer) -> String {
        switch directive {
        case .send(let connection, let range, let after):
            return "send to \(connection.index): \(frame(bytes, range)), after \(after)"
        case .sendWithToken(let connection, let range, _, let after):
            return "send to \(connection.index): \(frame(bytes, range)) with a token, after \(after)"
        case .grantCredit(let connection, let more): return "credit for \(connection.index): \(more)"
        case .close(let connection, let after): return "close \(connection.index), after \(after)"
        case .append(let range, let sequence, let isDurable):
            return "record \(sequence)\(isDurable ? ", durable" : ""): \(record(bytes, range))"
        case .context(let index, let after): return "memory operation \(index), after \(after)"
        case .readRecord(let sequence, _): return "read record \(sequence)"
        case .loadPolicies: return "load policies"
        case .spawn(let driver, let instance): return "spawn driver \(driver) as instance \(instance)"
        case .kill(let instance, let reason): return "kill instance \(instance): \(reason)"
        case .wake(let at): return "wake at \(at)"
        case .log(_, let event, let text): return "log \(event): \(text)"
        case .drained: return "drained"
        }
    }

    private static func frame(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        let limits = FrameLimits(payloadBytesMax: 16 << 20)
        guard let frame = try? FrameReader.next(in: UnsafeRawBufferPointer(rebasing: bytes[range]), limits: limits)
        else {
            return "bytes that are no frame"
        }
        let call = CallNumber(rawValue: frame.header.call)?.name ?? "-"
        let status =
            frame.header.kind == .response ? " \(Status(rawValue: frame.header.flagsOrStatus)?.name ?? "?")" : ""
        return "\(frame.header.kind) \(call)\(status), id \(frame.header.requestID)"
    }

    private static func record(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        guard
            let record = try? JournalRecord(
                decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), limits: .stored)
        else { return "does not parse" }
        var words: [String] = []
        if let decision = record.decision {
            words.append(
                "\(decision.allowed ? "" : "denied ")\(decision.action) \(decision.resource), agent \(decision.agentID)"
            )
        }
        if let effect = record.effect { words.append(String(String(describing: effect).prefix(120))) }
        return words.joined(separator: "; ")
    }
}
