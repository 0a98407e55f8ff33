// Connections: partial writes, back-pressure, half-close, reset, fairness, memory.

import Bytes
import Foundation
import Linux
import Testing

@testable import Reactor

@Suite("Reactor: connections")
struct StreamConnectionTests {
    /// A connection on a reactor and the other end as a bare descriptor.
    private func connect(_ reactor: Reactor, inputBytesMax: Int = 16 << 20) throws -> (StreamConnection, Owned) {
        let pair = try Socket.pair(nonBlocking: true).release()
        let peer = Owned(FileDescriptor(owning: pair.second))
        let connection = try StreamConnection(
            FileDescriptor(owning: pair.first), on: reactor, inputBytesMax: inputBytesMax)
        return (connection, peer)
    }

    private func send(_ fd: Int32, _ bytes: [UInt8]) throws -> Int {
        try bytes.withUnsafeBytes { try Socket.send(fd, $0) } ?? 0
    }

    @Test("what is written in a turn leaves in one piece at its end")
    func oneWritePerTurn() throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor)
        connection.onBytes = { bytes in
            for byte in bytes { connection.write([byte, byte]) }
            #expect(connection.pendingOutputBytes == bytes.count * 2)
            return bytes.count
        }
        _ = try send(peer.fd, [1, 2, 3])
        try reactor.runOnce(timeoutMilliseconds: 1000)
        #expect(try readableBytes(peer.fd) == [1, 1, 2, 2, 3, 3])
        #expect(connection.pendingOutputBytes == 0)
        connection.close()
    }

    @Test("what a handler leaves comes again with more behind it", arguments: [1, 3, 100, 5_000, 70_000, 300_000])
    func keptInput(record: Int) throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor)
        var records: [[UInt8]] = []
        connection.onBytes = { bytes in
            var used = 0
            while bytes.count - used >= record {
                records.append(Array(bytes[used..<(used + record)]))
                used += record
            }
            return used
        }
        let stream = (0..<(record * 7)).map { UInt8(truncatingIfNeeded: $0 / record &* 31 &+ $0) }
        var sent = 0
        try reactor.turn(until: {
            if sent < stream.count {
                let piece = Array(stream[sent..<min(sent + 40_000, stream.count)])
                do { sent += try send(peer.fd, piece) } catch { Issue.record("\(error)") }
            }
            return records.count == 7
        })
        #expect(records.flatMap { $0 } == stream)
        #expect(connection.input.count == 0)
        connection.close()
    }

    @Test("under back-pressure everything arrives in order, once, and the reactor is told when it has drained")
    func backPressure() throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor)
        setSendBuffer(connection.fd, bytes: 4096)
        var drained = 0
        connection.onDrained = { drained += 1 }
        var expected: [UInt8] = []
        for size in [10, 100_000, 3, 70_000, 1_000_000, 1] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ size) }
            expected += bytes
            bytes.withUnsafeBytes { buffer in
                // In two spans, as a header and its payload.
                let cut = min(16, buffer.count)
                connection.write(
                    UnsafeRawBufferPointer(rebasing: buffer[..<cut]), UnsafeRawBufferPointer(rebasing: buffer[cut...]))
            }
        }
        #expect(connection.pendingOutputBytes > 1_000_000)
        var got: [UInt8] = []
        try reactor.turn(
            until: {
                do { got += try readableBytes(peer.fd, limit: 3000) ?? [] } catch { Issue.record("\(error)") }
                return got.count >= expected.count
            }, wait: 0)
        try reactor.turn(until: { drained == 1 })
        #expect(got == expected)
        #expect(connection.pendingOutputBytes == 0)
        connection.close()
    }

    @Test("a peer that does not read costs one wait, not a spin")
    func noSpinWhileBlocked() throws {
        let reactor = try Reactor()
        let (connection, _) = try connect(reactor)
        var turns = 0
        reactor.onTurnEnd { turns += 1 }
        connection.write([UInt8](repeating: 0, count: 4 << 20))
        let end = Clock.monotonic() + 30_000_000
        while Clock.monotonic() < end { try reactor.runOnce(timeoutMilliseconds: 10) }
        #expect(turns < 20)
        connection.close()
    }

    @Test("the peer's end is told once, after everything that it sent")
    func endOfStream() throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor)
        var got: [UInt8] = []
        var reasons: [CloseReason] = []
        connection.onBytes = {
            got += $0; return $0.count
        }
        connection.onClose = { reasons.append($0) }
        let bytes = [UInt8](repeating: 5, count: 150_000)
        #expect(try send(peer.fd, bytes) == bytes.count)
        peer.close()
        try reactor.turn(until: { !reasons.isEmpty })
        try reactor.runOnce(timeoutMilliseconds: 0)
        #expect(got == bytes)
        #expect(reasons == [.endOfStream])
        #expect(connection.isClosed && connection.fd == -1)
        #expect(!connection.write([1]))
    }

    @Test("a peer that stopped writing still gets what it is owed")
    func halfClose() throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor)
        var reasons: [CloseReason] = []
        connection.onBytes = { $0.count }
        connection.onClose = { reasons.append($0) }
        connection.onEndOfInput = {
            reactor.schedule(after: 2_000_000) {
                connection.write([7, 8])
                connection.close(afterFlush: true)
            }
        }
        _ = try send(peer.fd, [1])
        #expect(shutdown(peer.fd, Int32(SHUT_WR)) == 0)
        var turns = 0
        reactor.onTurnEnd { turns += 1 }
        try reactor.turn(until: { !reasons.isEmpty })
        #expect(reasons == [.requested])
        #expect(turns < 20, "a half-open connection made the loop spin")
        #expect(try readableBytes(peer.fd) == [7, 8])
        #expect(try readableBytes(peer.fd) == [])
    }

    @Test("a reset while writing delivers what the peer had sent, then tells the cause")
    func reset() throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor)
        var got: [UInt8] = []
        var reasons: [CloseReason] = []
        connection.onBytes = {
            got += $0; return $0.count
        }
        connection.onClose = { reasons.append($0) }
        // Unread bytes at the peer make its close a reset.
        connection.write([1, 2, 3])
        try reactor.runOnce(timeoutMilliseconds: 0)
        _ = try send(peer.fd, [9, 9])
        peer.close()
        connection.write([UInt8](repeating: 0, count: 100_000))
        try reactor.turn(until: { !reasons.isEmpty })
        #expect(got == [9, 9])
        guard case .failed(let cause) = try #require(reasons.first) else {
            Issue.record("\(reasons)")
            return
        }
        #expect(cause == .EPIPE || cause == .ECONNRESET)
    }

    @Test("close after flush waits for a slow peer, but not for ever")
    func linger() throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor)
        var reasons: [CloseReason] = []
        connection.onClose = { reasons.append($0) }
        connection.write([UInt8](repeating: 1, count: 2 << 20))
        connection.close(afterFlush: true)
        #expect(!connection.isClosed && !connection.write([1]))
        var got = 0
        try reactor.turn(until: {
            do { got += try readableBytes(peer.fd)?.count ?? 0 } catch { Issue.record("\(error)") }
            return !reasons.isEmpty && got == 2 << 20
        })
        #expect(reasons == [.requested])

        let (stuck, stuckPeer) = try connect(reactor)
        stuck.write([UInt8](repeating: 1, count: 2 << 20))
        stuck.close(afterFlush: true, lingerNanoseconds: 5_000_000)
        try reactor.turn(until: { stuck.isClosed })
        _ = stuckPeer
    }

    @Test("a handler may close its own connection and go on reading the bytes that it was given")
    func closeInsideHandler() throws {
        let reactor = try Reactor()
        for keep in [false, true] {
            let (connection, peer) = try connect(reactor)
            var sum = 0
            var closed = false
            connection.onClose = { _ in closed = true }
            connection.onBytes = { bytes in
                if keep && bytes.count < 60_000 { return 0 }
                connection.close()
                sum = bytes.reduce(0) { $0 + Int($1) }
                return bytes.count
            }
            let bytes = [UInt8](repeating: 1, count: 60_000)
            #expect(try send(peer.fd, Array(bytes[..<50_000])) == 50_000)
            if keep { try reactor.runOnce(timeoutMilliseconds: 1000) }
            #expect(try send(peer.fd, Array(bytes[50_000...])) == 10_000)
            try reactor.turn(until: { closed })
            #expect(sum == 60_000)
        }
    }

    @Test("a handler that never consumes is cut off at the limit, not at the memory's end")
    func inputLimit() throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor, inputBytesMax: 100_000)
        var reasons: [CloseReason] = []
        connection.onBytes = { _ in 0 }
        connection.onClose = { reasons.append($0) }
        var sent = 0
        try reactor.turn(until: {
            do { sent += try send(peer.fd, [UInt8](repeating: 0, count: 10_000)) } catch { return !reasons.isEmpty }
            return !reasons.isEmpty
        })
        #expect(reasons == [.inputTooLarge(limit: 100_000)])
        #expect(sent < 1_000_000)
    }

    @Test("a flooding peer leaves a quiet one its turn")
    func fairness() throws {
        let reactor = try Reactor(readBudgetBytes: 16 << 10)
        let (flooded, flooder) = try connect(reactor)
        let (quiet, asker) = try connect(reactor)
        var floodedBytes = 0
        flooded.onBytes = {
            floodedBytes += $0.count; return $0.count
        }
        var answered = 0
        quiet.onBytes = {
            answered += 1; return $0.count
        }
        _ = try send(flooder.fd, [UInt8](repeating: 0, count: 200_000))
        _ = try send(asker.fd, [1])
        try reactor.runOnce(timeoutMilliseconds: 1000)
        #expect(answered == 1)
        #expect(floodedBytes <= 16 << 10, "one turn read \(floodedBytes) bytes from one peer")
        flooded.close()
        quiet.close()
    }

    @Test("a 16 MiB frame passes through and its memory goes back")
    func largeInput() throws {
        let reactor = try Reactor()
        let (connection, peer) = try connect(reactor, inputBytesMax: (16 << 20) + 16)
        let total = (16 << 20) + 16
        var seen = 0
        connection.onBytes = { bytes in
            guard bytes.count >= total else { return 0 }
            seen = bytes.count
            return total
        }
        let bytes = [UInt8](repeating: 3, count: 1 << 20)
        var sent = 0
        try reactor.turn(until: {
            do { sent += try send(peer.fd, Array(bytes[..<min(bytes.count, total - sent)])) } catch {
                Issue.record("\(error)")
            }
            return seen > 0
        })
        #expect(seen == total)
        #expect(connection.input.count == 0)
        connection.close()
    }

    @Test("a listener accepts everybody who waits and stops when it is closed")
    func listener() throws {
        let folder = try TemporaryFolder()
        let reactor = try Reactor()
        let path = folder.path + "/s"
        var accepted: [Owned] = []
        let listener = try StreamListener(try Socket.listen(unixPath: path, mode: 0o600), on: reactor) { descriptor in
            accepted.append(Owned(descriptor))
        }
        var clients: [Owned] = []
        for _ in 0..<100 { clients.append(Owned(try Socket.connect(unixPath: path, nonBlocking: true))) }
        try reactor.turn(until: { accepted.count == 100 })
        listener.close()
        clients.append(Owned(try Socket.connect(unixPath: path, nonBlocking: true)))
        try reactor.runOnce(timeoutMilliseconds: 10)
        #expect(accepted.count == 100)
    }

    @Test("random traffic both ways, with small buffers and a taker that leaves some, arrives byte for byte")
    func randomTraffic() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(state: seed)
        let reactor = try Reactor(readBudgetBytes: 8 << 10)
        let pair = try Socket.pair(nonBlocking: true).release()
        let ends = [
            try StreamConnection(FileDescriptor(owning: pair.first), on: reactor),
            try StreamConnection(FileDescriptor(owning: pair.second), on: reactor),
        ]
        // Byte n of a direction is a function of n, so that every byte can be checked where it arrives.
        func byte(_ position: Int, _ direction: Int) -> UInt8 {
            UInt8(truncatingIfNeeded: position &* 131 &+ position >> 8 &+ direction)
        }
        let total = 3 << 20
        var sent = [0, 0]
        var received = [0, 0]
        var wrong = 0
        for (index, end) in ends.enumerated() {
            setSendBuffer(end.fd, bytes: 8 << 10)
            end.onBytes = { bytes in
                // What is left comes again with more behind it, and behind the last there is no more.
                let isLast = received[index] + bytes.count == total
                let used =
                    isLast || Bool.random(using: &random)
                    ? bytes.count : Int.random(in: 0...bytes.count, using: &random)
                for offset in 0..<used where bytes[offset] != byte(received[index] + offset, index) { wrong += 1 }
                received[index] += used
                return used
            }
        }
        try reactor.turn(
            until: {
                for index in 0...1 where sent[index] < total && ends[index].pendingOutputBytes < 1 << 20 {
                    let size = min(
                        total - sent[index],
                        Int.random(in: 1...(1 << Int.random(in: 0...18, using: &random)), using: &random))
                    let bytes = (0..<size).map { byte(sent[index] + $0, 1 - index) }
                    ends[index].write(bytes)
                    sent[index] += size
                }
                return received == [total, total]
            }, wait: 1)
        #expect(wrong == 0 && received == [total, total], "seed \(seed)")
        for end in ends { end.close() }
    }
}
