// The keys of each agent, derived from the master key, and the hashed names that they give.

internal import Containers
internal import Contexts
internal import Crypto
internal import ProtobufWire

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

    func agent(_ owner: UInt64) -> Agent {
        if let agent = agents[owner] { return agent }
        let root = KeyDerivation.derive(from: master, purpose: "camagent", number: owner)
        let agent = Agent(
            seal: KeyDerivation.derive(from: root, purpose: "ctx-seal", number: 1),
            names: KeyDerivation.derive(from: root, purpose: "ctx-name", number: 1))
        agents.insert(agent, for: owner)
        return agent
    }

    func context(_ context: Text, of agent: Agent) -> NameHash {
        Self.hash("c", context, "", agent.names)
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
