// What must not leave before a record is on disk waits here.

import ABI
import Containers
import Contexts
import Kernel

/// Something that waits for a sequence number to be durable.
enum Held {
    case bytes(ConnectionID, [UInt8])
    case token(ConnectionID, [UInt8], TokenClaims)
    case close(ConnectionID)
    case context(ContextRequest)
    case policies(UInt64, Grant?)
}

/// By sequence number, then by order of arrival.
typealias Outbox = PriorityQueue<Held>
