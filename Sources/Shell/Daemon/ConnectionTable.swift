// Connections by place, with generations, so that what is late for one never reaches its successor.

import Kernel
import Reactor

struct ConnectionTable {
    private var places: [PeerConnection?] = []
    private var generations: [UInt32] = []
    private var free: [Int] = []
    private(set) var count = 0

    subscript(_ id: ConnectionID) -> PeerConnection? {
        guard id.index < UInt32(places.count), let peer = places[Int(id.index)], peer.id == id else { return nil }
        return peer
    }

    mutating func add(_ stream: StreamConnection, connectedAt: UInt64, isDriver: Bool) -> PeerConnection {
        let place: Int
        if let reused = free.popLast() {
            place = reused
        } else {
            place = places.count
            places.append(nil)
            generations.append(0)
        }
        generations[place] &+= 1
        let id = ConnectionID(index: UInt32(place), generation: generations[place])
        let peer = PeerConnection(id: id, stream: stream, connectedAt: connectedAt, isDriver: isDriver)
        places[place] = peer
        count += 1
        return peer
    }

    mutating func remove(_ id: ConnectionID) {
        guard self[id] != nil else { return }
        places[Int(id.index)] = nil
        free.append(Int(id.index))
        count -= 1
    }

    var all: [PeerConnection] { places.compactMap { $0 } }
}
