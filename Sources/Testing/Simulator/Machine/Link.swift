// One socket between a peer and the simulated camd: bytes that are under way in both directions.

import Framing
import Kernel

/// Bytes that one side has written and the other has not taken.
struct Pipe {
    private(set) var bytes: [UInt8] = []
    private var taken = 0

    var count: Int { bytes.count - taken }

    mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }
    mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[taken...])) }
    }

    mutating func take(_ count: Int) {
        taken += count
        if taken == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            taken = 0
        } else if taken > 1 << 16 {
            bytes.removeFirst(taken)
            taken = 0
        }
    }
}

final class Link {
    enum Owner {
        case agent(Int)
        case driver(DriverProcess)
    }

    /// What was true when a frame left the kernel's shell.
    struct Mark {
        /// The last record that was on the disk.
        let durable: UInt64
        let step: Int
    }

    let id: ConnectionID
    let owner: Owner
    let isDriver: Bool
    /// Written by the peer, not yet in the shell's buffer.
    var outgoing = Pipe()
    /// In the shell's buffer: no whole frame yet.
    var arrived = Pipe()
    /// Written by the shell, not yet read by the peer.
    var incoming = Pipe()
    /// One for each frame in `incoming`, oldest first.
    var marks: [Mark] = []
    var marksTaken = 0
    var isRegistered = false
    /// The latest record that something held back for this peer waits for: a close must not overtake it.
    var heldUntil: UInt64 = 0
    var withheldCredit: UInt32 = 0
    let connectedAt: UInt64
    /// When the frame that is not finished began; 0 with none.
    var unfinishedSince: UInt64 = 0
    /// The shell has closed its end: what is in `incoming` can still be read.
    var isClosedByKernel = false

    init(id: ConnectionID, owner: Owner, connectedAt: UInt64) {
        self.id = id
        self.owner = owner
        self.connectedAt = connectedAt
        if case .driver = owner { isDriver = true } else { isDriver = false }
    }

    func push(_ frame: UnsafeRawBufferPointer, _ mark: Mark) {
        incoming.append(frame)
        marks.append(mark)
    }

    func takeMark() -> Mark {
        let mark = marks[marksTaken]
        marksTaken += 1
        if marksTaken == marks.count {
            marks.removeAll(keepingCapacity: true)
            marksTaken = 0
        }
        return mark
    }
}
