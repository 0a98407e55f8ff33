// Sealing and opening versions: everything that says where a value belongs is authenticated with it.

import ABI
import Crypto
import ProtobufWire

/// Where a version belongs. What was sealed for one place opens at no other.
struct ContextPlace {
    let owner: UInt64
    let context: Text
    var id: ContextKeyID
    let agent: ContextKeys.Agent
}

enum ContextSealing {
    private static let algorithm = SealAlgorithm.xChaCha20Poly1305

    /// The sealed value of one version and its sealed description, each with a nonce of its own.
    static func seal(
        _ value: [UInt8], as entry: ContextEntry, at place: ContextPlace, expiryMs: UInt64,
        nonce: (Int) -> [UInt8]
    ) -> (entry: [UInt8], value: [UInt8]) {
        let sealedValue = envelope(
            value,
            AssociatedData.ofValue(
                owner: place.owner, context: place.context, key: entry.key, contentType: entry.contentType,
                version: entry.version, expiryMs: expiryMs, algorithm: algorithm), place.agent.seal,
            nonce(algorithm.nonceCount))
        let description = EntryPlaintext(valueTag: SealedEnvelope.tag(of: sealedValue[...]), entry: entry)
        let sealedEntry = envelope(
            description.bytes,
            AssociatedData.ofEntry(
                owner: place.owner, context: place.context, id: place.id, version: entry.version, expiryMs: expiryMs,
                algorithm: algorithm), place.agent.seal, nonce(algorithm.nonceCount))
        return (sealedEntry, sealedValue)
    }

    /// The description of a version; nil where it is not the one that was sealed for this place and version.
    static func openEntry(
        _ bytes: ArraySlice<UInt8>, at place: ContextPlace, _ version: RememberedVersion
    ) -> EntryPlaintext? {
        guard let envelope = SealedEnvelope(bytes: bytes) else { return nil }
        let associated = AssociatedData.ofEntry(
            owner: place.owner, context: place.context, id: place.id, version: version.version,
            expiryMs: version.expiryMs, algorithm: envelope.algorithm)
        guard let opened = open(envelope, associated, place.agent.seal) else { return nil }
        return EntryPlaintext(bytes: opened)
    }

    /// Value and description of a version; nil where either is not what was sealed, or they are not of one write.
    static func open(
        _ record: VersionRecord, key: Text, at place: ContextPlace, version: UInt64
    ) -> (value: [UInt8], entry: ContextEntry)? {
        let version = RememberedVersion(version: version, expiryMs: record.expiryMs)
        guard let description = openEntry(record.entry, at: place, version), description.entry.key == key,
            let envelope = SealedEnvelope(bytes: record.value),
            SealedEnvelope.tag(of: record.value).elementsEqual(description.valueTag)
        else { return nil }
        let associated = AssociatedData.ofValue(
            owner: place.owner, context: place.context, key: key, contentType: description.entry.contentType,
            version: version.version, expiryMs: version.expiryMs, algorithm: envelope.algorithm)
        guard let value = open(envelope, associated, place.agent.seal),
            UInt64(value.count) == description.entry.valueBytes
        else { return nil }
        return (value, description.entry)
    }

    private static func envelope(
        _ plaintext: [UInt8], _ associated: [UInt8], _ key: SecretKey, _ nonce: [UInt8]
    ) -> [UInt8] {
        var bytes: [UInt8] = [SealedEnvelope.format, algorithm.rawValue]
        bytes.reserveCapacity(2 + nonce.count + plaintext.count + algorithm.tagCount)
        bytes.append(contentsOf: nonce)
        plaintext.withUnsafeBytes { plaintext in
            associated.withUnsafeBytes {
                AEAD.XChaCha20Poly1305.seal(plaintext, associatedData: $0, nonce: nonce, key: key, appendingTo: &bytes)
            }
        }
        return bytes
    }

    private static func open(_ envelope: SealedEnvelope, _ associated: [UInt8], _ key: SecretKey) -> [UInt8]? {
        switch envelope.algorithm {
        case .xChaCha20Poly1305:
            envelope.ciphertext.withUnsafeBytes { sealed in
                associated.withUnsafeBytes { associated in
                    envelope.nonce.withUnsafeBytes { nonce in
                        do throws(AuthenticationFailure) {
                            return try AEAD.XChaCha20Poly1305.open(
                                sealed, associatedData: associated, nonce: nonce, key: key)
                        } catch {
                            return nil
                        }
                    }
                }
            }
        }
    }
}
