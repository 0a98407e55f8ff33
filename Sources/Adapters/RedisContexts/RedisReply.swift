// A reply of Redis as hiredis holds it: a view that is valid only inside the callback it came with.

internal import CHiredis

struct RedisReply {
    private let raw: UnsafePointer<redisReply>

    init(_ raw: UnsafePointer<redisReply>) { self.raw = raw }

    /// The text of an error reply; nil for any other.
    var errorText: String? {
        guard raw.pointee.type == REDIS_REPLY_ERROR else { return nil }
        return String(decoding: buffer, as: UTF8.self)
    }

    /// The bytes of a string or a status; nil for any other.
    var bytes: [UInt8]? {
        guard raw.pointee.type == REDIS_REPLY_STRING || raw.pointee.type == REDIS_REPLY_STATUS else { return nil }
        return Array(buffer)
    }

    /// A number that counts something; nil for any other reply.
    var number: UInt64? {
        guard raw.pointee.type == REDIS_REPLY_INTEGER else { return nil }
        return UInt64(exactly: raw.pointee.integer)
    }

    var count: Int { raw.pointee.type == REDIS_REPLY_ARRAY ? raw.pointee.elements : 0 }

    /// The element, or nil where there is none.
    subscript(index: Int) -> RedisReply? {
        guard index < count, let element = raw.pointee.element[index] else { return nil }
        return RedisReply(element)
    }

    /// True for a string that is exactly this word.
    func isWord(_ word: StaticString) -> Bool {
        guard raw.pointee.type == REDIS_REPLY_STRING || raw.pointee.type == REDIS_REPLY_STATUS else { return false }
        return word.withUTF8Buffer { buffer.elementsEqual($0) }
    }

    private var buffer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: raw.pointee.str, count: Int(raw.pointee.len))
    }
}
