// The keys of each agent, derived from the master key, and the hashed names that they give.

import Containers
import Crypto
import ProtobufWire

/// Two keys for an agent: one seals, one hashes names. Kept for the agents seen lately, since deriving costs
/// several microseconds and each key has guarded memory of its own.
final class ContextKeys {
    struct Agent {
        let seal: SecretKey
        let names: SecretKey
    }

    private static let agentsKeptMax = 256

    private let master: SecretKey
    private var agents = SecondChanceMap<UInt64, Agent>(capacity: agentsKeptMax)

    /// - Parameter master: 32 bytes.
    init(master: SecretKey) { self.master = master }

    private func agent(_ owner: UInt64) -> Agent {
        if let agent = agents[owner] { return agent }
        let root = KeyDerivation.derive(from: master, purpose: "camagent", number: owner)
        let agent = Agent(
            seal: KeyDerivation.derive(from: root, purpose: "ctx-seal", number: 1),
            names: KeyDerivation.derive(from: root, purpose: "ctx-name", number: 1))
        agents.insert(agent, for: owner)
        return agent
    }

    /// Where the operation's context is, and its key; nobody's for a listing.
    func place(of request: ContextRequest) -> ContextPlace {
        let agent = agent(request.owner)
        let key = request.operation.key.map { self.key($0, in: request.context, of: agent) }
        let id = ContextKeyID(
            context: Self.hash("c", request.context, "", agent.names), key: key ?? NameHash(high: 0, low: 0))
        return ContextPlace(owner: request.owner, context: request.context, id: id, agent: agent)
    }

    func key(_ key: Text, in context: Text, of agent: Agent) -> NameHash {
        Self.hash("k", context, key, agent.names)
    }

    private static func hash(_ kind: Text, _ context: Text, _ key: Text, _ secret: SecretKey) -> NameHash {
        var message: [UInt8] = []
        message.reserveCapacity(16 + context.utf8Count + key.utf8Count)
        for text in [kind, context, key] { message.append(counted: text) }
        return KeyedHash.hash(message, key: secret).withUnsafeBytes { NameHash(bytes: $0) }
    }
}
