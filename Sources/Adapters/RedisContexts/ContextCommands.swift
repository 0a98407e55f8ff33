// The engine's commands as calls of the scripts inside Redis.

internal import Contexts

extension ContextCommand {
    var script: ContextScript {
        switch action {
        case .store: .store
        case .recall: .recall
        case .list: .list
        }
    }

    /// The call of the script: by its hash, or whole where that is nil.
    func call(hash: [UInt8]?) -> RedisCommand {
        var call = RedisCommand(hash == nil ? "EVAL" : "EVALSHA")
        if let hash { call.append(hash) } else { call.append(script.text) }
        switch action {
        case .store(let proposal):
            call.reserveCapacity(proposal.record.count + 1024)
            call.append(4)
            for part in ["h", "o", "x"] { call.append(name(part)) }
            call.append(records + Array(":\(proposal.version)".utf8))
            call.append(id.key.text)
            call.append(proposal.version)
            call.append(proposal.ifVersion.map(String.init) ?? "")
            call.append(nowMs)
            call.append(proposal.expiryMs)
            call.append(proposal.entry)
            call.append(proposal.record)
            call.append(name("v"))
        case .recall(let version):
            call.append(2)
            call.append(name("h"))
            call.append(records)
            call.append(id.key.text)
            call.append(version.map(String.init) ?? "")
            call.append(nowMs)
        case .list(let batch):
            call.append(2)
            call.append(name("h"))
            call.append(name("o"))
            call.append(batch.after?.text ?? [])
            call.append(batch.count)
        }
        return call
    }

    /// The hash tag keeps everything of a context in one slot.
    private func name(_ part: String) -> [UInt8] {
        var name = Array("cam1:{".utf8)
        name.reserveCapacity(80)
        id.context.appendText(to: &name)
        name.append(UInt8(ascii: "}"))
        name.append(contentsOf: part.utf8)
        return name
    }

    /// The records of the key, without their numbers.
    private var records: [UInt8] {
        var name = name("v")
        id.key.appendText(to: &name)
        return name
    }
}
