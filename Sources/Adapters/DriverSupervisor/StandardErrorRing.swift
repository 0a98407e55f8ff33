// The last lines that a driver wrote to its standard error.

public import ProtobufWire
internal import Wording

/// Cuts bytes into lines and keeps the last ones. Lines are cut at `lineBytesMax`, and hold nothing that a terminal would
/// act upon: a driver's words end up on people's screens.
public struct StandardErrorRing: Sendable {
    public static let linesMax = 50
    public static let lineBytesMax = 4096

    private var kept: [[UInt8]] = []
    private var current: [UInt8] = []
    private var currentIsCut = false
    /// Lines since the start, also those no longer kept.
    public private(set) var lineCount: UInt64 = 0

    public init() {}

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                endLine()
            } else if current.count < Self.lineBytesMax {
                current.append(byte)
            } else {
                currentIsCut = true
            }
        }
    }

    /// Oldest first; a last line without its end counts.
    public var lines: [Text] {
        (kept + (current.isEmpty ? [] : [current])).suffix(Self.linesMax).map {
            Text(String(decoding: $0, as: UTF8.self).printable(keepingTabs: true))
        }
    }

    private mutating func endLine() {
        if currentIsCut { current += Array(" …".utf8) }
        kept.append(current)
        if kept.count > Self.linesMax { kept.removeFirst() }
        current = []
        currentIsCut = false
        lineCount &+= 1
    }
}
