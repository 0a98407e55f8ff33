// Segments of a journal that nobody wrote like this: any bytes behind a good header, or records that are whole but wrong.

import Crypto
import Journal

extension Decoders {
    static func segment(_ input: inout FuzzInput) throws(FuzzFinding) {
        let choice = input.byte()
        let first = choice & 1 == 0 ? 1 : max(1, input.number())
        let isLast = choice & 2 == 0
        let signedThrough = choice & 4 == 0 ? 0 : input.number()
        var bytes: [UInt8] = []
        if choice & 8 == 0 {
            bytes = SegmentHeader(epoch: 1, firstSequence: first, frontier: frontier(of: first - 1)).encoded()
            if choice & 16 == 0 { frames(&input, first, &bytes) }
            bytes += input.rest()
        } else {
            bytes = Array(input.rest())
        }
        scan(bytes, isLast: isLast, signedThrough: signedThrough)
    }

    private static func frontier(of size: UInt64) -> MerkleFrontier {
        let peaks = [Digest32](repeating: MerkleHash.empty, count: size.nonzeroBitCount)
        guard let frontier = MerkleFrontier(size: size, peaks: peaks) else {
            preconditionFailure("\(peaks.count) peaks do not belong to \(size) leaves")
        }
        return frontier
    }

    /// Whole records, in order unless the input says otherwise, some of them damaged.
    private static func frames(_ input: inout FuzzInput, _ first: UInt64, _ bytes: inout [UInt8]) {
        var next = first
        for _ in 0..<16 where !input.isEmpty {
            let what = input.byte()
            guard what < 250 else { return }
            let sequence = what & 1 == 0 ? next : max(1, input.number())
            let epoch = what & 2 == 0 ? 1 : max(1, input.number())
            let durable = what & 4 == 0 ? sequence - 1 : input.number()
            let start = bytes.count
            input.piece().withUnsafeBytes { JournalFrame.append($0, epoch: epoch, sequence: sequence, to: &bytes) }
            bytes.withUnsafeMutableBytes {
                _ = JournalFrame.seal(UnsafeMutableRawBufferPointer(rebasing: $0[start...]), durableThrough: durable)
            }
            if what & 0x18 == 0x18 { bytes[start + Int(input.byte()) % (bytes.count - start)] ^= input.byte() }
            next = max(1, sequence &+ 1)
        }
    }

    private static func scan(_ bytes: [UInt8], isLast: Bool, signedThrough: UInt64) {
        bytes.withUnsafeBytes { bytes in
            guard let header = try? SegmentHeader(decoding: bytes) else { return }
            let file = JournalFormat.segmentName(firstSequence: header.firstSequence)
            var audit = JournalAudit(signed: nil)
            audit.resume(at: header)
            do throws(JournalDamage) {
                try audit.begin(header, file: file)
                var scan = SegmentScan(
                    bytes, file: file, header: header, isLast: isLast, lastEpoch: header.epoch,
                    signedThrough: signedThrough)
                while let frame = try scan.next() { try audit.accept(frame, file: file) }
                try audit.finish(file: file, offset: scan.offset)
            } catch {
                _ = error.description
            }
        }
    }
}
