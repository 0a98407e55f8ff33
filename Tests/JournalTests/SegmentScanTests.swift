// Frames, headers and the scan over one segment, without files: every cut, every flipped bit.

import Crypto
import Journal
import Testing

/// One segment in memory, written as the writer thread writes it.
struct SegmentBuilder {
    var bytes: [UInt8]
    let header: SegmentHeader
    var sequence: UInt64
    var frontier: MerkleFrontier
    /// Where each frame begins.
    var offsets: [Int] = []

    init(header: SegmentHeader = SegmentHeader(epoch: 1, firstSequence: 1, frontier: MerkleFrontier())) {
        self.header = header
        bytes = header.encoded()
        sequence = header.firstSequence
        frontier = header.frontier
    }

    /// Adds a group: all its frames say that what came before `durableThrough` (default: before the group) is on disk.
    mutating func addGroup(_ payloads: [[UInt8]], epoch: UInt64 = 1, durableThrough: UInt64? = nil) {
        let durable = durableThrough ?? sequence - 1
        for payload in payloads {
            let start = bytes.count
            offsets.append(start)
            payload.withUnsafeBytes { JournalFrame.append($0, epoch: epoch, sequence: sequence, to: &bytes) }
            bytes.withUnsafeMutableBytes { all in
                let frame = UnsafeMutableRawBufferPointer(rebasing: all[start...])
                JournalFrame.seal(frame, durableThrough: durable)
                frontier.append(JournalFrame.leaf(ofFrame: UnsafeRawBufferPointer(frame)))
            }
            sequence += 1
        }
    }
}

/// What a scan found.
struct ScanResult: Equatable {
    var payloads: [[UInt8]] = []
    var end: SegmentScan.End?
    var damage: JournalDamage?

    init(_ bytes: [UInt8], header: SegmentHeader, isLast: Bool = true, signedThrough: UInt64 = 0) {
        bytes.withUnsafeBytes { all in
            var scan = SegmentScan(
                all, file: "s", header: header, isLast: isLast, lastEpoch: 0, signedThrough: signedThrough)
            do throws(JournalDamage) {
                while let frame = try scan.next() { payloads.append([UInt8](frame.payload)) }
                end = scan.end
            } catch {
                damage = error
            }
        }
    }
}

@Suite("Segment scan")
struct SegmentScanTests {
    private static let payloads: [[UInt8]] = [[1], [], [2, 3, 4], [UInt8](repeating: 9, count: 40), [5, 5]]

    /// Five records, each on disk before the next was written.
    private static func singles() -> SegmentBuilder {
        var segment = SegmentBuilder()
        for payload in payloads { segment.addGroup([payload]) }
        return segment
    }

    @Test("records come back in order, and preallocated zeroes are a clean end")
    func roundTrip() {
        let segment = Self.singles()
        for zeroes in [0, 1, 31, 32, 33, 5000] {
            let result = ScanResult(segment.bytes + [UInt8](repeating: 0, count: zeroes), header: segment.header)
            #expect(result.payloads == Self.payloads)
            #expect(result.end == .clean)
        }
    }

    @Test("a cut at any byte of the last record is a torn tail; at its first byte it is a clean end")
    func cuts() throws {
        let segment = Self.singles()
        let last = try #require(segment.offsets.last)
        for count in last..<segment.bytes.count {
            let cut = Array(segment.bytes.prefix(count))
            for zeroes in [0, 100] {
                let result = ScanResult(cut + [UInt8](repeating: 0, count: zeroes), header: segment.header)
                #expect(result.payloads == Array(Self.payloads.dropLast()))
                let tail = cut.dropFirst(last)
                let tornCount = (tail.lastIndex { $0 != 0 } ?? last - 1) - last + 1
                #expect(result.end == (tornCount == 0 ? .clean : .torn(byteCount: tornCount)))
            }
        }
    }

    @Test("every flipped bit of the last record is a torn tail, of any earlier one damage with its place")
    func flippedBits() throws {
        let segment = Self.singles()
        for bit in JournalFormat.segmentHeaderByteCount * 8..<segment.bytes.count * 8 {
            var bytes = segment.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            let hit = try #require(segment.offsets.lastIndex { $0 <= bit / 8 })
            let result = ScanResult(bytes + [UInt8](repeating: 0, count: 64), header: segment.header)
            #expect(result.payloads == Array(Self.payloads.prefix(hit)))
            if hit == segment.offsets.count - 1 {
                #expect(result.end == .torn(byteCount: bytes.count - segment.offsets[hit]))
            } else {
                #expect(
                    result.damage
                        == JournalDamage(
                            file: "s", offset: segment.offsets[hit], sequence: UInt64(hit + 1), kind: .record))
            }
        }
    }

    @Test("a bad last record is damage when a later segment exists or when it had been signed")
    func attestedTail() throws {
        let segment = Self.singles()
        var bytes = segment.bytes
        bytes[bytes.count - 1] ^= 1
        #expect(ScanResult(bytes, header: segment.header, isLast: false).damage?.kind == .record)
        #expect(ScanResult(bytes, header: segment.header, signedThrough: 5).damage?.kind == .record)
        #expect(ScanResult(bytes, header: segment.header, signedThrough: 4).end == .torn(byteCount: 34))
    }

    @Test("a group whose first pages were lost is a torn tail, unless later records say that it was on disk")
    func tornGroup() {
        var segment = SegmentBuilder()
        segment.addGroup([[1], [2]])
        segment.addGroup([[3], [4], [5]])
        var bytes = segment.bytes
        bytes[segment.offsets[2] + 32] ^= 1
        let torn = ScanResult(bytes, header: segment.header)
        #expect(torn.payloads == [[1], [2]])
        #expect(torn.end == .torn(byteCount: bytes.count - segment.offsets[2]))

        segment.addGroup([[6]])
        bytes = segment.bytes
        bytes[segment.offsets[2] + 32] ^= 1
        #expect(ScanResult(bytes, header: segment.header).damage?.sequence == 3)

        // The middle of the group became zeroes, as a page that never reached the disk does.
        bytes = segment.bytes
        for index in segment.offsets[3]..<segment.offsets[4] { bytes[index] = 0 }
        #expect(ScanResult(bytes, header: segment.header).damage?.sequence == 4)
    }

    @Test("a whole record in the wrong place is damage, even at the end")
    func wrongPlace() {
        let segment = Self.singles()
        let second = Array(segment.bytes[segment.offsets[1]..<segment.offsets[2]])
        let replayed = ScanResult(segment.bytes + second, header: segment.header)
        #expect(replayed.damage?.kind == .order(epoch: 1, sequence: 2))
        #expect(replayed.damage?.sequence == 6)

        var backwards = SegmentBuilder()
        backwards.addGroup([[1]], epoch: 2)
        backwards.addGroup([[2]], epoch: 1)
        #expect(ScanResult(backwards.bytes, header: backwards.header).damage?.kind == .order(epoch: 1, sequence: 2))

        var boasting = SegmentBuilder()
        boasting.addGroup([[1]], durableThrough: 1)
        #expect(ScanResult(boasting.bytes, header: boasting.header).damage?.kind == .order(epoch: 1, sequence: 1))
    }

    @Test("a length that leads out of the file or beyond the largest record is no record")
    func wildLengths() {
        let segment = Self.singles()
        for length in [UInt32(1 << 20), UInt32.max, UInt32(JournalFormat.recordBytesMax) + 1] {
            var bytes = segment.bytes
            withUnsafeBytes(of: length.littleEndian) { raw in
                for index in 0..<4 { bytes[segment.offsets[0] + index] = raw[index] }
            }
            #expect(ScanResult(bytes, header: segment.header).damage?.sequence == 1)
        }
    }

    @Test("headers survive encoding, and every flipped bit of one is noticed")
    func headers() throws {
        var frontier = MerkleFrontier()
        for index in 0..<1000 { frontier.append(SHA256.hash([UInt8(index % 256)])) }
        let header = SegmentHeader(epoch: 7, firstSequence: 1001, frontier: frontier)
        let bytes = header.encoded()
        #expect(bytes.count == JournalFormat.segmentHeaderByteCount)
        #expect(try bytes.withUnsafeBytes { try SegmentHeader(decoding: $0) } == header)
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: SegmentHeader.Flaw.self) {
                try changed.withUnsafeBytes { try SegmentHeader(decoding: $0) }
            }
        }
        #expect(throws: SegmentHeader.Flaw.tooShort) {
            try bytes.dropLast().withUnsafeBytes { try SegmentHeader(decoding: $0) }
        }
    }

    @Test("segment names carry their first sequence, and other names none")
    func names() {
        #expect(JournalFormat.segmentName(firstSequence: 1) == "00000000000000000001.camj")
        #expect(JournalFormat.segmentName(firstSequence: .max) == "18446744073709551615.camj")
        for sequence in [UInt64(1), 12_345, .max] {
            let name = JournalFormat.segmentName(firstSequence: sequence)
            #expect(JournalFormat.firstSequence(ofSegmentNamed: name) == sequence)
        }
        for name in [
            "", "head", "1.camj", "0000000000000000000x.camj", "00000000000000000001.cam", "99999999999999999999.camj",
        ] {
            #expect(JournalFormat.firstSequence(ofSegmentNamed: name) == nil)
        }
    }

    @Test("a signed head survives encoding; any flipped bit, cut or addition is refused")
    func signedHeads() throws {
        let key = Ed25519.KeyPair(seed: .random())
        var frontier = MerkleFrontier()
        frontier.append(SHA256.hash([1]))
        let head = SignedHead(signing: frontier, epoch: 3, wallNanoseconds: -5, with: key)
        #expect(head.encoded.count == SignedHead.byteCount)
        #expect(try SignedHead(decoding: head.encoded) == head)
        #expect(head.head == frontier.head)
        for bit in 0..<SignedHead.byteCount * 8 {
            var changed = head.encoded
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: SignedHead.Flaw.self) { try SignedHead(decoding: changed) }
        }
        #expect(throws: SignedHead.Flaw.notAHead) { try SignedHead(decoding: Array(head.encoded.dropLast())) }
        #expect(throws: SignedHead.Flaw.notAHead) { try SignedHead(decoding: head.encoded + [0]) }
    }
}

@Suite("Room")
struct JournalRoomTests {
    @Test("records fill the current segment, then the spare, and the guarantee never promises both")
    func filling() {
        var room = JournalRoom(currentByteCount: 100, spareByteCount: 200, usualByteCount: 200)
        #expect(room.guaranteedByteCount == 200)
        #expect(room.place(frameByteCount: 60) == .current)
        #expect(room.place(frameByteCount: 60) == .next)
        #expect(room.currentByteCount == 140)
        #expect(room.guaranteedByteCount == 140)
        room.noteSpare(byteCount: 200, afterRolls: 0)
        #expect(room.guaranteedByteCount == 140, "a report from before the roll is old news")
        room.noteSpare(byteCount: 200, afterRolls: 1)
        #expect(room.guaranteedByteCount == 200)
    }

    @Test("a segment that nobody has made yet promises nothing")
    func unconfirmed() {
        var room = JournalRoom(currentByteCount: 50, spareByteCount: 0, usualByteCount: 200)
        #expect(room.place(frameByteCount: 60) == .next)
        #expect(room.guaranteedByteCount == 0)
        room.noteSpare(byteCount: 0, afterRolls: 0)
        #expect(room.guaranteedByteCount == 0, "a report from before the roll is old news")
        room.noteSpare(byteCount: 0, afterRolls: 1)
        #expect(room.guaranteedByteCount == 140)
    }

    @Test("any records whose sum is within the guarantee find a place without a new segment")
    func guarantee() {
        var state: UInt64 = 88_172_645_463_325_252
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        for _ in 0..<2000 {
            var room = JournalRoom(
                currentByteCount: random(300), spareByteCount: random(2) * 200, usualByteCount: 200)
            let hadSpare = room.spareByteCount > 0
            var left = room.guaranteedByteCount
            while left > 0 {
                let frame = 1 + random(left)
                left -= frame
                _ = room.place(frameByteCount: frame)
            }
            #expect(room.rollCount <= (hadSpare ? 1 : 0))
        }
    }

    @Test("a record larger than a segment gets one of its own size")
    func oversize() {
        var room = JournalRoom(currentByteCount: 100, spareByteCount: 200, usualByteCount: 200)
        #expect(room.place(frameByteCount: 500) == .next)
        #expect(room.currentByteCount == 0)
        #expect(room.guaranteedByteCount == 0)
    }
}
