// What is authenticated beside sealed bytes: everything that says where they belong.

import Bytes
public import ProtobufWire

/// What is authenticated beside an envelope's content, so that it opens nowhere but where it was put.
public enum AssociatedData {
    private static let domain = Array("cam.context.1".utf8)

    /// Beside the sealed description of a version. The key is there by its hash: a listing has no names yet.
    public static func ofEntry(
        owner: UInt64, context: Text, id: ContextKeyID, version: UInt64, expiryMs: UInt64, algorithm: SealAlgorithm
    ) -> [UInt8] {
        var bytes = start("entry", owner, context, version, expiryMs, algorithm)
        bytes.append(bigEndian: id.key.high)
        bytes.append(bigEndian: id.key.low)
        return bytes
    }

    /// Beside the sealed value of a version.
    public static func ofValue(
        owner: UInt64, context: Text, key: Text, contentType: Text, version: UInt64, expiryMs: UInt64,
        algorithm: SealAlgorithm
    ) -> [UInt8] {
        var bytes = start("value", owner, context, version, expiryMs, algorithm)
        bytes.append(counted: key)
        bytes.append(counted: contentType)
        return bytes
    }

    private static func start(
        _ kind: Text, _ owner: UInt64, _ context: Text, _ version: UInt64, _ expiryMs: UInt64,
        _ algorithm: SealAlgorithm
    ) -> [UInt8] {
        var bytes = domain
        bytes.reserveCapacity(1024)
        bytes.append(counted: kind)
        bytes.append(algorithm.rawValue)
        bytes.append(bigEndian: owner)
        bytes.append(bigEndian: version)
        bytes.append(bigEndian: expiryMs)
        bytes.append(counted: context)
        return bytes
    }
}
