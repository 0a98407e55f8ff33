// Regular expressions through RE2: what Go's regexp means, in time proportional to text and pattern.

internal import CRE2

/// A compiled regular expression.
// Safe to share: the expression never changes, and what RE2 remembers while matching is behind locks of its own.
final class RegularExpression: @unchecked Sendable {
    /// Why a pattern is none.
    enum Failure: Error {
        case syntax(String)
        /// Its program would take more memory than an expression may have.
        case tooLarge
    }

    /// The whole match first, then its groups; nil for a group that took no part. Byte offsets.
    typealias Match = [Range<Int>?]

    /// Longer patterns are refused unread.
    static let patternBytesMax = 100_000
    private static let messageBytesMax = 256

    private let expression: OpaquePointer
    private let isKept: Bool
    /// Instructions of the program.
    let size: Int
    let groupCount: Int

    /// - Parameter isKept: whether it stays compiled for as long as this object lives, however many others are used.
    init(_ pattern: String, isKept: Bool = false) throws(Failure) {
        guard pattern.utf8.count <= RegularExpression.patternBytesMax else { throw .tooLarge }
        var failure: Int32 = 0
        var message = [CChar](repeating: 0, count: RegularExpression.messageBytesMax)
        var pattern = pattern
        let taken = pattern.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cam_re2_take($0.baseAddress, $0.count, isKept, &failure, &message, message.count)
            }
        }
        guard let taken else {
            if failure == Int32(CAM_RE2_TOO_LARGE.rawValue) { throw .tooLarge }
            throw .syntax(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        expression = taken
        self.isKept = isKept
        size = Int(cam_re2_size(taken))
        groupCount = Int(cam_re2_groups(taken))
    }

    deinit { cam_re2_release(expression, isKept) }

    /// The number of the first group with a name.
    func group(named name: String) -> Int? {
        var name = name
        let number = name.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cam_re2_group_named(expression, $0.baseAddress, $0.count) }
        }
        return number < 0 ? nil : Int(number)
    }

    /// Whether it matches anywhere in a text.
    func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cam_re2_search(expression, $0.baseAddress, $0.count, 0, nil, 0)
            }
        }
    }

    /// The matches of a text one after the other, none overlapping the one before, as Go's FindAll gives them.
    /// - Parameter charge: called before each search with the bytes that are left.
    func matches(
        in text: [UInt8], limit: Int = .max, groups: Bool, charge: (Int, Bool) throws(BuiltinError) -> Void
    ) throws(BuiltinError) -> [Match] {
        var found: [Match] = []
        var spans = [cam_re2_span](repeating: cam_re2_span(), count: groups ? groupCount + 1 : 1)
        var at = 0
        var lastEnd = -1
        while found.count < limit, at <= text.count {
            try charge(text.count - at, at == 0)
            guard search(text, from: at, &spans) else { break }
            let start = Int(spans[0].start)
            let end = Int(spans[0].end)
            // An empty match does not count right after another, nor within a character, where RE2 sees one for \B.
            let counts = start < end || (start != lastEnd && !isInside(text, start))
            at = end > at ? end : next(text, after: at)
            guard counts else { continue }
            lastEnd = end
            found.append(spans.map { $0.start < 0 ? nil : Int($0.start)..<Int($0.end) })
        }
        return found
    }

    private func search(_ text: [UInt8], from start: Int, _ spans: inout [cam_re2_span]) -> Bool {
        text.withUnsafeBytes { bytes in
            let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return cam_re2_search(expression, base, bytes.count, start, &spans, spans.count)
        }
    }

    private func isInside(_ text: [UInt8], _ offset: Int) -> Bool { offset < text.count && text[offset] & 0xC0 == 0x80 }

    /// Where the next character begins; beyond the end when there is none.
    private func next(_ text: [UInt8], after offset: Int) -> Int {
        var at = offset + 1
        while isInside(text, at) { at += 1 }
        return at
    }
}
