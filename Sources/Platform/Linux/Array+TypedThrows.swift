// The standard library's buffer access rethrows `any Error`; these keep the error's type.

extension Array where Element == UInt8 {
    public func withBytes<Value>(
        _ body: (UnsafeRawBufferPointer) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let result = withUnsafeBytes { buffer -> Result<Value, Errno> in
            do throws(Errno) { return .success(try body(buffer)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    public mutating func withMutableBytes<Value>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let result = withUnsafeMutableBytes { buffer -> Result<Value, Errno> in
            do throws(Errno) { return .success(try body(buffer)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
