// Why bytes are not a message: what is wrong, at which byte, in which field.

/// Bytes that could not be decoded. It quotes numbers only, never a part of the input.
public struct ProtobufError: Error, Sendable, Hashable {
    public enum Problem: Sendable, Hashable {
        /// The input, or the message around this field, ends within the field.
        case truncated
        /// A variable-length integer of more than ten bytes, or of more than 64 bits.
        case varintTooLong
        /// A field number of 0 or above 2^29 - 1, or wire type 6 or 7, which mean nothing.
        case invalidTag
        /// Wire types 3 and 4. Proto3 has no groups, so there is no reason to walk into one.
        case groupNotSupported
        /// A string field that is not well-formed UTF-8.
        case invalidUTF8
        /// More messages within messages than `DecodeLimits.depthMax`.
        case tooDeep
        /// More input than `DecodeLimits.bytesMax`.
        case tooLarge
        /// Repeated fields would take more memory than `DecodeLimits.elementBytesMax`.
        case tooManyElements
    }

    public let problem: Problem
    /// Bytes from the start of the input to where the problem was seen.
    public let offset: Int
    /// The number of the field being decoded, 0 where none was.
    public let fieldNumber: UInt32

    @inlinable
    public init(problem: Problem, offset: Int, fieldNumber: UInt32) {
        self.problem = problem
        self.offset = offset
        self.fieldNumber = fieldNumber
    }
}

extension ProtobufError: CustomStringConvertible {
    public var description: String {
        let place = fieldNumber == 0 ? "at byte \(offset)" : "in field \(fieldNumber), at byte \(offset)"
        return "not a valid message: \(problem) \(place)"
    }
}

extension ProtobufError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated: "the input ends too early"
        case .varintTooLong: "an integer is longer than 64 bits"
        case .invalidTag: "no field has this number and type"
        case .groupNotSupported: "groups are not part of proto3"
        case .invalidUTF8: "a string is not valid UTF-8"
        case .tooDeep: "messages are nested too deep"
        case .tooLarge: "the input is larger than allowed"
        case .tooManyElements: "repeated fields have too many elements"
        }
    }
}
