// The last lines of what a program writes, to be shown to people.

/// Cuts bytes into lines and keeps the last ones. What is too long is cut, and nothing in them acts upon a terminal: a
/// program's words end up on people's screens.
public struct LastLines: Sendable {
    private let count: Int
    private let bytesMax: Int
    private var kept: [[UInt8]] = []
    private var current: [UInt8] = []
    private var currentIsCut = false

    /// - Parameters:
    ///   - count: lines that are kept.
    ///   - bytesMax: of one line.
    public init(count: Int, bytesMax: Int) {
        self.count = count
        self.bytesMax = bytesMax
    }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                endLine()
            } else if current.count < bytesMax {
                current.append(byte)
            } else {
                currentIsCut = true
            }
        }
    }

    /// Oldest first; a last line without its end counts.
    public var lines: [String] {
        (kept + (current.isEmpty ? [] : [current])).suffix(count).map {
            String(decoding: $0, as: UTF8.self).printable(keepingTabs: true)
        }
    }

    private mutating func endLine() {
        if currentIsCut { current += Array(" …".utf8) }
        kept.append(current)
        if kept.count > count { kept.removeFirst() }
        current = []
        currentIsCut = false
    }
}
