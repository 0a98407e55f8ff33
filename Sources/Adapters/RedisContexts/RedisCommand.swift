// A command for Redis: its arguments one behind the other in one buffer, with their ends. Bytes, never C strings.

struct RedisCommand {
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [Int] = []

    init(_ words: String...) {
        for word in words { append(word) }
    }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    mutating func append(_ part: some Collection<UInt8>) {
        bytes.append(contentsOf: part)
        ends.append(bytes.count)
    }

    mutating func append(_ number: some FixedWidthInteger) {
        append(String(number))
    }

    mutating func reserveCapacity(_ count: Int) {
        bytes.reserveCapacity(count)
        ends.reserveCapacity(16)
    }

    /// The arguments as pointers and lengths, valid until `body` returns.
    func withArguments<Result>(
        _ body: (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>, UnsafePointer<Int>) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { buffer in
            // An empty command has no address; it is never sent.
            let base = buffer.baseAddress!.assumingMemoryBound(to: CChar.self)
            var pointers: [UnsafePointer<CChar>?] = []
            var counts: [Int] = []
            pointers.reserveCapacity(ends.count)
            counts.reserveCapacity(ends.count)
            var start = 0
            for end in ends {
                pointers.append(base + start)
                counts.append(end - start)
                start = end
            }
            return pointers.withUnsafeMutableBufferPointer { pointers in
                counts.withUnsafeBufferPointer { body(Int32(ends.count), pointers.baseAddress!, $0.baseAddress!) }
            }
        }
    }
}
