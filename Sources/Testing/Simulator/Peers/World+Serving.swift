// What executors do about upcalls: mostly what was asked, sometimes anything else.

import ABI
import Framing
import Kernel
import ProtobufWire

extension World {
    /// A peer does something about one of the upcalls that it has read.
    func serve(_ peer: SimulatedPeer, _ random: inout SimulatedRandom, honestly: Bool = false) {
        guard !peer.serving.isEmpty else { return }
        let place = random.below(peer.serving.count)
        let upcall = peer.serving[place]
        let isFaulty = !honestly && profile.driverFaults > 0 && random.chance(profile.driverFaults)
        if isFaulty { return misbehave(peer, place, &random) }
        if upcall.isPing {
            peer.serving.remove(at: place)
            return peer.sendFrame(.upcallResponse, call: CallNumber.observe.rawValue, id: upcall.id, [])
        }
        if !honestly {
            if upcall.isStream, upcall.credit > 0, random.chance(2) {
                peer.serving[place].credit -= 1
                return peer.sendFrame(
                    .streamItem, call: CallNumber.think.rawValue, id: upcall.id,
                    ThinkItem(output: bytes(random.below(40), 3)).encoded())
            }
            if random.chance(20), peer.credit > 0 { return nest(peer, upcall, &random) }
        }
        peer.serving.remove(at: place)
        if upcall.isCancelled { coverage.note(.driverAnsweredLate) }
        if !honestly, random.chance(8) {
            let statuses: [Status] = [.internalError, .unavailable, .invalidArgument, .resourceExhausted, .cancelled]
            return fails(peer, upcall, statuses[random.below(statuses.count)])
        }
        answer(peer, upcall, cost: UInt64(random.below(100)), &random)
    }

    private func answer(
        _ peer: SimulatedPeer, _ upcall: ServedUpcall, cost: UInt64, quality: Double? = nil,
        _ random: inout SimulatedRandom
    ) {
        ledger.reports(cost, for: upcall.task)
        let result = InvokeResult(
            output: bytes(random.below(profile.inputBytesMax + 1), 9), contentType: "text/plain", costMicros: cost,
            units: 1, quality: quality)
        peer.sendFrame(.upcallResponse, call: CallNumber.think.rawValue, id: upcall.id, result.encoded())
    }

    private func fails(_ peer: SimulatedPeer, _ upcall: ServedUpcall, _ status: Status) {
        peer.sendFrame(
            .upcallResponse, call: CallNumber.think.rawValue, status: status.rawValue, id: upcall.id,
            CallError(message: "cannot").encoded())
    }

    /// The executor asks the kernel for something on behalf of what it works on.
    private func nest(_ peer: SimulatedPeer, _ upcall: ServedUpcall, _ random: inout SimulatedRandom) {
        coverage.note(.nestedCall)
        if random.chance(2) {
            think(peer, task: upcall.task, &random)
        } else {
            store(peer, task: upcall.task, &random)
        }
    }

    private func misbehave(_ peer: SimulatedPeer, _ place: Int, _ random: inout SimulatedRandom) {
        let upcall = peer.serving[place]
        switch random.below(7) {
        case 0:
            coverage.note(.driverAnsweredTwice)
            peer.serving.remove(at: place)
            answer(peer, upcall, cost: 1, &random)
            answer(peer, upcall, cost: 1, &random)
        case 1:
            coverage.note(.driverAnsweredGarbage)
            peer.serving.remove(at: place)
            peer.sendFrame(
                .upcallResponse, call: CallNumber.think.rawValue, id: upcall.id, [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
        case 2:
            coverage.note(.driverLiedAboutUsage)
            peer.serving.remove(at: place)
            let qualities: [Double] = [-1, 2, .nan, .infinity]
            answer(
                peer, upcall, cost: random.chance(2) ? .max : 1 << 62, quality: qualities[random.below(4)], &random)
        case 3:
            peer.serving.remove(at: place)
            peer.sendFrame(.upcallResponse, call: 2, status: 99, id: upcall.id, [])
        case 4:
            // More items than there is credit for.
            for _ in 0..<(max(0, upcall.credit) + 1) {
                peer.sendFrame(.streamItem, call: 2, id: upcall.id, ThinkItem(output: [1]).encoded())
            }
        case 5: peer.sendFrame(.upcallResponse, call: 2, id: upcall.id &+ 1_000_000, [])
        default:
            // It never answers this one.
            peer.serving.remove(at: place)
        }
    }
}
