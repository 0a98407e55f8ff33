// A process at the other end of a socket: calls it has open, upcalls it serves, what it knows.

import ABI
import DriverLifecycle
import Framing
import Kernel
import ProtobufWire

/// A request that was sent and has no answer.
struct OpenRequest {
    enum Kind {
        case register(resuming: Bool)
        case think(capability: Int)
        case commit(key: Int?, variant: Int)
        case store(MemoryLedger.Place, write: UInt64, ifVersion: UInt64?, before: UInt64)
        case recall(MemoryLedger.Place, wanted: UInt64?, before: UInt64)
        case observe(graph: UInt64)
        case events
        case drain(Bool)
        case other
    }

    let id: UInt64
    let call: CallNumber
    let kind: Kind
    /// What the world's policy says of it.
    let isDenied: Bool
    /// Stream items that may still come.
    var itemCredit: Int
    var isStream: Bool { itemCredit >= 0 }
}

/// An upcall that was read and not answered.
struct ServedUpcall {
    let id: UInt64
    let task: UInt64
    /// A place in `Cast.capabilities`; -1 for a ping.
    let capability: Int
    let isStream: Bool
    var credit: Int
    var isCancelled = false
    var isPing: Bool { capability < 0 }
}

/// Agents and driver processes alike: both call and both may be called.
class SimulatedPeer {
    var link: Link?
    var agentID: UInt64 = 0
    var isRegistered: Bool { agentID > 0 }
    var nextRequest: UInt64 = 1
    var open: [OpenRequest] = []
    var credit = 0
    var serving: [ServedUpcall] = []
    /// The last decision that an answer named.
    var lastDecision: DecisionID?

    var label: String { "peer" }

    func sendFrame(
        _ kind: FrameKind, call: UInt8 = 0, status: UInt8 = 0, id: UInt64, _ payload: [UInt8]
    ) {
        guard let link, !link.isClosedByKernel else { return }
        let header = FrameHeader(
            kind: kind, call: call, flagsOrStatus: status, requestID: id, payloadCount: payload.count)
        link.outgoing.append(header.frame(payload: payload))
    }

    /// For whoever follows the run.
    var tell: ((String) -> Void)?

    func request(
        _ call: CallNumber, _ kind: OpenRequest.Kind, denied: Bool = false, itemCredit: Int = -1, _ payload: [UInt8]
    ) {
        let id = nextRequest
        nextRequest += 1
        credit -= 1
        tell?("\(label) calls \(call.name), id \(id)\(denied ? ", which policy denies" : ""): \(kind)")
        open.append(OpenRequest(id: id, call: call, kind: kind, isDenied: denied, itemCredit: itemCredit))
        sendFrame(.request, call: call.rawValue, id: id, payload)
    }

    /// The socket is gone, and with it all that was open on it.
    func forgetConnection() {
        link = nil
        agentID = 0
        open.removeAll(keepingCapacity: true)
        serving.removeAll(keepingCapacity: true)
        credit = 0
    }
}

final class Agent: SimulatedPeer {
    let index: Int
    let role: Cast.AgentRole
    var token: [UInt8] = []
    var hadStreamCut = false

    init(index: Int) {
        self.index = index
        role = Cast.agents[index]
    }

    override var label: String { "agent \(index) (\(role.name))" }
}

/// One process of a driver.
final class DriverProcess: SimulatedPeer {
    let instance: UInt64
    let place: Int
    let secret: [UInt8]

    init(instance: UInt64, place: Int, secret: [UInt8]) {
        self.instance = instance
        self.place = place
        self.secret = secret
    }

    override var label: String { "driver \(Cast.drivers[place].name), instance \(instance)" }
}
