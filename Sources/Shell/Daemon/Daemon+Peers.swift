// Sockets: accept, identify, cut frames, time out.

import ABI
import Configuration
import Containers
import Framing
import Kernel
import Linux
import ProtobufWire
import Reactor

extension Daemon {
    func accepted(_ descriptor: consuming FileDescriptor, _ door: Door) {
        guard connections.count < configuration.connectionsMax else {
            log.write(.warning, "too_many_connections", ["limit": "\(configuration.connectionsMax)"])
            return descriptor.close()
        }
        do throws(Errno) {
            let peer = try identify(descriptor.rawValue, door)
            try adopt(descriptor, peer)
        } catch {
            log.write(.warning, "peer_not_identified", ["error": "\(error)"])
        }
    }

    /// Who is there, from the operating system alone. The pidfd and the start time tie the names to this very process.
    private func identify(_ fd: Int32, _ door: Door) throws(Errno) -> Peer {
        let credentials = try Socket.peerCredentials(fd)
        let groups = try Socket.peerGroups(fd)
        return Peer(
            door: door, uid: credentials.uid, gid: credentials.gid, groups: groups, pid: credentials.pid,
            executable: Self.executable(fd, credentials))
    }

    /// The program's path for people to read; empty where the process is gone or may not be looked at. The process that
    /// connected is held by a pidfd meanwhile: while it lives its pid cannot name another.
    private static func executable(_ fd: Int32, _ credentials: PeerCredentials) -> Text {
        do throws(Errno) {
            let process = try Socket.peerProcess(fd, credentials: credentials)
            let path = try File.readLink("/proc/\(credentials.pid)/exe")
            try ProcessHandle.signal(process.rawValue, Signals.Number(rawValue: 0))
            return Text(path)
        } catch {
            return ""
        }
    }

    /// Takes a connected socket as a peer of the kernel.
    func adopt(_ descriptor: consuming FileDescriptor, _ peer: Peer) throws(Errno) {
        let frameBytesMax = configuration.frameMebibytes << 20
        let isDriver = if case .driver = peer.door { true } else { false }
        let stream = try StreamConnection(descriptor, on: reactor, inputBytesMax: frameBytesMax + FrameHeader.byteCount)
        let connection = connections.insert {
            PeerConnection(id: $0, stream: stream, connectedAt: Clock.monotonic(), isDriver: isDriver)
        }
        stream.onBytes = { [unowned self] bytes in arrived(bytes, connection, frameBytesMax) }
        stream.onDrained = { [unowned self] in sendCredit(connection) }
        stream.onClose = { [unowned self] reason in closed(connection, reason) }
        feed(.connected(connection.id, peer))
    }

    private func closed(_ connection: PeerConnection, _ reason: CloseReason) {
        unfinishedBytes -= connection.unfinishedBytes
        log.write(.debug, "disconnected", ["connection": "\(connection.id.index)", "reason": "\(reason)"])
        connections.remove(connection.id)
        feed(.disconnected(connection.id))
    }

    /// Cuts frames and hands each to the kernel; what follows is carried out once for the whole batch.
    private func arrived(_ bytes: UnsafeRawBufferPointer, _ peer: PeerConnection, _ payloadBytesMax: Int) -> Int {
        var offset = 0
        let now = now
        do throws(FramingError) {
            while let frame = try FrameReader.next(
                in: UnsafeRawBufferPointer(rebasing: bytes[offset...]), limits: peer.limits(payloadBytesMax))
            {
                offset += frame.consumed
                kernel.handle(.frame(peer.id, frame.header, frame.payload), now: now, into: &directives)
                if directives.bytes.count > 256 << 10 || !peer.isRegistered { carryOut() }
                if peer.stream.isClosed { return bytes.count }
            }
        } catch {
            kernel.handle(.malformed(peer.id, Text(error.description)), now: now, into: &directives)
            offset = bytes.count
        }
        carryOut()
        noteUnfinished(peer, bytes.count - offset, now.monotonic)
        return offset
    }

    private func noteUnfinished(_ peer: PeerConnection, _ left: Int, _ now: UInt64) {
        unfinishedBytes += left - peer.unfinishedBytes
        if left == 0 {
            peer.unfinishedSince = 0
        } else if peer.unfinishedBytes == 0 || left < peer.unfinishedBytes {
            peer.unfinishedSince = now
        }
        peer.unfinishedBytes = left
        // Who holds the most has to go, not who happened to come last; never a driver.
        if unfinishedBytes > Limits.unfinishedFramesBytesMax,
            let largest = connections.all.filter({ !$0.isDriver }).max(by: { $0.unfinishedBytes < $1.unfinishedBytes })
        {
            feed(
                .malformed(
                    largest.id,
                    "unfinished frames of all peers together hold \(Limits.unfinishedFramesBytesMax) bytes, which is the limit"
                ))
        }
    }

    /// Once a second: peers that say nothing, or never finish a frame.
    func sweepPeers() {
        let now = Clock.monotonic()
        for peer in connections.all {
            let isSilent = !peer.isRegistered && !peer.isDriver && peer.unfinishedSince == 0
            if isSilent, now - peer.connectedAt > Limits.silentPeerTimeoutNanoseconds {
                feed(.malformed(peer.id, "no registration came within 5 s of connecting"))
            } else if peer.unfinishedSince > 0, now - peer.unfinishedSince > Limits.halfFrameTimeoutNanoseconds {
                feed(.malformed(peer.id, "a frame was begun and not finished within 30 s"))
            }
        }
        reactor.schedule(after: 1_000_000_000) { [unowned self] in sweepPeers() }
    }
}
