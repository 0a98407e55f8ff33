// Goal: bytes leave in the order in which they came, whatever sizes they come and leave in, and an empty queue holds nothing.

import Bytes
import Testing

struct ByteQueueTests {
    @Test(arguments: [false, true])
    func bytesLeaveInOrder(withPool: Bool) {
        var queue = ByteQueue(pool: withPool ? BufferPool(readBudgetBytes: 4096) : nil)
        var next: UInt8 = 0
        var expected: UInt8 = 0
        for round in 0..<400 {
            let size = (round * 7919) % 3000
            if round % 3 == 0 {
                let room = queue.reserve(size)
                #expect(room.count >= size)
                for place in 0..<size {
                    room[place] = next
                    next &+= 1
                }
                queue.commit(size)
            } else {
                let bytes = (0..<size).map { next &+ UInt8(truncatingIfNeeded: $0) }
                next &+= UInt8(truncatingIfNeeded: size)
                bytes.withUnsafeBytes { queue.append($0) }
            }
            let taken = min(queue.count, (round * 104_729) % 4000)
            var wrong = 0
            for byte in queue.bytes.prefix(taken) {
                if byte != expected { wrong += 1 }
                expected &+= 1
            }
            #expect(wrong == 0)
            queue.consume(taken)
        }
        queue.clear()
        #expect(queue.isEmpty && queue.bytes.count == 0)
    }

    @Test func aPoolGivesTheSameBufferAgain() {
        let pool = BufferPool(readBudgetBytes: 4096)
        let buffer = pool.take()
        pool.giveBack(buffer, byteCount: BufferPool.standardBytes)
        #expect(pool.take() == buffer)
        pool.giveBack(buffer, byteCount: BufferPool.standardBytes)
    }
}
