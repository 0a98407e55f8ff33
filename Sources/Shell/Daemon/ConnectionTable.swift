// Every peer's connection, under the id by which the kernel knows it.

import Containers
import Kernel
import Reactor

struct ConnectionTable {
    private var ids = SlotIDs()
    private var table = SlotTable<PeerConnection>()

    var count: Int { table.count }
    var all: [PeerConnection] { table.all }

    subscript(_ id: ConnectionID) -> PeerConnection? { table[id] }

    mutating func add(_ stream: StreamConnection, connectedAt: UInt64, isDriver: Bool) -> PeerConnection {
        let peer = PeerConnection(id: ids.make(), stream: stream, connectedAt: connectedAt, isDriver: isDriver)
        table.insert(peer, at: peer.id)
        return peer
    }

    mutating func remove(_ id: ConnectionID) {
        if table.remove(id) != nil { ids.giveBack(id) }
    }
}
