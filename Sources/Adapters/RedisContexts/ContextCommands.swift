// The command that does an operation's next step, and what the reply to it means.

internal import ABI
internal import Contexts
internal import ProtobufWire

enum ContextCommands {
    /// The call of a script: by its hash, or whole where the server has forgotten it.
    private static func call(_ script: ContextScript, _ hash: [UInt8]?, keys: Int) -> RedisCommand {
        var command = RedisCommand(hash == nil ? "EVAL" : "EVALSHA")
        if let hash { command.append(hash) } else { command.append(script.text) }
        command.append(keys)
        return command
    }

    static func store(
        _ operation: ContextOperationState, _ attempt: StoreAttempt, version: UInt64, expiryMs: UInt64, nowMs: UInt64,
        hash: [UInt8]?
    ) -> RedisCommand {
        guard case .store(let key, let value, let contentType, _, _, let provenance) = operation.request.operation
        else { preconditionFailure("a store step of something that stores nothing") }
        let place = operation.place
        let entry = ContextEntry(
            key: key, version: version, contentType: contentType, valueBytes: UInt64(value.count),
            provenance: provenance)
        let sealed = ContextSealing.seal(value, as: entry, at: place, expiryMs: expiryMs)
        var command = call(.store, hash, keys: 4)
        command.reserveCapacity(value.count + 4096)
        for part in ["h", "o", "x"] { command.append(name(place.id.context, part)) }
        command.append(records(place.id) + Array(":\(version)".utf8))
        command.append(place.id.key.text)
        command.append(version)
        command.append(attempt.ifVersion.map(String.init) ?? "")
        command.append(nowMs)
        command.append(expiryMs)
        command.append(sealed.entry)
        command.append(VersionRecord(expiryMs: expiryMs, entry: sealed.entry[...], value: sealed.value[...]).bytes)
        command.append(name(place.id.context, "v"))
        return command
    }

    static func recall(_ place: ContextPlace, version: UInt64?, nowMs: UInt64, hash: [UInt8]?) -> RedisCommand {
        var command = call(.recall, hash, keys: 2)
        command.append(name(place.id.context, "h"))
        command.append(records(place.id))
        command.append(place.id.key.text)
        command.append(version.map(String.init) ?? "")
        command.append(nowMs)
        return command
    }

    static func list(_ place: ContextPlace, _ batch: ListPage.Batch, hash: [UInt8]?) -> RedisCommand {
        var command = call(.list, hash, keys: 2)
        command.append(name(place.id.context, "h"))
        command.append(name(place.id.context, "o"))
        command.append(batch.after?.text ?? [])
        command.append(batch.count)
        return command
    }

    /// The hash tag keeps everything of a context in one slot.
    private static func name(_ context: NameHash, _ part: String) -> [UInt8] {
        var name = Array("cam1:{".utf8)
        name.reserveCapacity(64)
        context.appendText(to: &name)
        name.append(UInt8(ascii: "}"))
        name.append(contentsOf: part.utf8)
        return name
    }

    private static func records(_ id: ContextKeyID) -> [UInt8] {
        var name = name(id.context, "v")
        id.key.appendText(to: &name)
        return name
    }
}
