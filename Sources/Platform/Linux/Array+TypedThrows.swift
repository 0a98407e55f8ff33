// The standard library's access to raw bytes rethrows `any Error`; these keep the error's type.

extension Array where Element == UInt8 {
    public func withBytes<Value>(
        _ body: (UnsafeRawBufferPointer) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try withUnsafeBufferPointer { bytes throws(Errno) in try body(UnsafeRawBufferPointer(bytes)) }
    }

    public mutating func withMutableBytes<Value>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try withUnsafeMutableBufferPointer { bytes throws(Errno) in try body(UnsafeMutableRawBufferPointer(bytes)) }
    }
}
