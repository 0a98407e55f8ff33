// An executor: a driver process or an agent that offers capabilities.

import ABI
import DriverLifecycle
import ProtobufWire
import Scheduling

struct Executor: Sendable {
    enum Kind: Sendable {
        case driver(DriverState)
        case agent(UInt64)
    }

    let name: Text
    let capabilities: [Capability]
    let slots: Int
    var kind: Kind
    /// Its connection while it can take upcalls.
    var connection: ConnectionID?
    /// Upcalls it has not answered.
    var busy = 0
    var queue: TripleHelix
    var calls: UInt64 = 0
    var failures: UInt64 = 0

    var isSandboxed: Bool {
        if case .driver = kind { return true }
        return false
    }

    func capability(_ name: Text) -> Capability? { capabilities.first { $0.name == name } }

    /// Expected microseconds until a slot is free for one more.
    var queueMicroseconds: UInt64 {
        let waiting = queue.backlogMicroseconds / UInt64(max(1, slots))
        guard busy >= slots, let typical = capabilities.first?.latencyUs else { return waiting }
        return waiting + typical / 2
    }
}

/// What the kernel knows of one driver's process.
struct DriverState: Sendable {
    var manifest: DriverManifest
    var lifecycle: DriverLifecycle
    /// The running instance, or 0.
    var instance: UInt64 = 0
    var pid: Int32 = 0
    var secret: [UInt8] = []
    var sandbox: SandboxReport?
    /// Newest last, bounded.
    var violations: [Text] = []
    var stderr: [Text] = []

    static let notesKept = 20

    /// - Returns: whether it was not known.
    mutating func note(_ note: DriverNote) -> Bool {
        switch note {
        case .stderr(let lines):
            guard stderr != lines else { return false }
            stderr = lines
        case .violation(let text):
            guard !violations.contains(text) else { return false }
            violations.append(text)
            if violations.count > Self.notesKept { violations.removeFirst(violations.count - Self.notesKept) }
        }
        return true
    }
}
