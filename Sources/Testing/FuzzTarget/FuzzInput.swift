// The fuzzer's bytes as a small program reads them: numbers, choices and pieces. At the end everything is zero.

struct FuzzInput {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isEmpty: Bool { offset >= bytes.count }

    mutating func byte() -> UInt8 {
        guard offset < bytes.count else { return 0 }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// 0 up to `bound`, which is at least 1 and at most 256.
    mutating func below(_ bound: Int) -> Int { Int(byte()) % bound }

    mutating func oneOf<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Small numbers cost one byte; the borders of what integers hold, and any other, cost more.
    mutating func number() -> UInt64 {
        switch byte() {
        case let small where small < 200: UInt64(small)
        case let border where border < 250: Self.borders[Int(border) % Self.borders.count]
        default: (0..<8).reduce(0) { number, _ in number << 8 | UInt64(byte()) }
        }
    }

    private static let borders: [UInt64] = [
        255, 256, 65_535, 1 << 20, 1 << 24, UInt64(UInt32.max), 1 << 32, 1 << 53, 1 << 62, UInt64(Int64.max), .max - 1,
        .max,
    ]

    /// A piece of at most 64 KiB, whose length comes first.
    mutating func piece() -> [UInt8] {
        let first = Int(byte())
        let wanted = first < 224 ? first : (first - 224) << 8 | Int(byte())
        let count = min(wanted, bytes.count - min(offset, bytes.count))
        defer { offset += count }
        return count == 0 ? [] : Array(bytes[offset..<offset + count])
    }

    /// All that is left.
    mutating func rest() -> UnsafeRawBufferPointer {
        defer { offset = bytes.count }
        return UnsafeRawBufferPointer(rebasing: bytes[min(offset, bytes.count)...])
    }
}
