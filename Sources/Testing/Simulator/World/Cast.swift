// Who is in the world: the same agents, drivers, capabilities and contexts for every seed, and the policy over them.

import ABI
import DriverLifecycle
import Kernel
import ProtobufWire

enum Cast {
    static let kernelUser: UInt32 = 900

    struct AgentRole {
        let name: Text
        let uid: UInt32
        let door: Door
        let offers: [Capability]
    }

    /// The first two share an identity: two processes of one agent.
    static let agents: [AgentRole] = [
        AgentRole(name: "ann", uid: 1000, door: .agents, offers: []),
        AgentRole(name: "ann", uid: 1000, door: .agents, offers: []),
        AgentRole(name: "bob", uid: 1000, door: .agents, offers: []),
        AgentRole(name: "carla", uid: 1001, door: .agents, offers: []),
        AgentRole(name: "root", uid: 900, door: .administration, offers: []),
        AgentRole(
            name: "server", uid: 1002, door: .agents,
            offers: [Capability(name: "work.agent", latencyUs: 500, costMicros: 1, quality: 0.4, idempotent: true)]),
    ]

    /// What is asked for. Policy lets nobody use the last one; nobody offers the one before.
    static let capabilities: [Text] = [
        "work.fast", "work.once", "work.stream", "work.agent", "work.nobody", "work.forbidden",
    ]
    static let once = 1

    static let drivers: [DriverManifest] = [
        driver(
            "alpha", slots: 2,
            [("work.fast", 300, 10, true), ("work.stream", 900, 20, true), ("work.forbidden", 1, 1, true)]),
        driver("beta", slots: 1, [("work.fast", 900, 2, true), ("work.once", 700, 30, false)]),
        driver("gamma", slots: 3, [("work.once", 200, 60, false), ("work.stream", 100, 90, true)]),
    ]

    private static func driver(
        _ name: Text, slots: UInt32, _ offers: [(name: Text, latency: UInt64, cost: UInt64, idempotent: Bool)]
    ) -> DriverManifest {
        var manifest = DriverManifest(name: name, program: name)
        manifest.slots = slots
        manifest.startTimeoutMilliseconds = 500
        manifest.callTimeoutMilliseconds = 1_000
        manifest.capabilities = offers.map {
            Capability(
                name: $0.name, latencyUs: $0.latency, costMicros: $0.cost, quality: 0.5, idempotent: $0.idempotent)
        }
        return manifest
    }

    static let contexts: [Text] = ["own", "shared", "own.forbidden"]
    /// The last one is written with a time to live.
    static let keys: [Text] = ["a", "b", "c", "brief"]
    static let briefKey = 3

    /// The policy of the world, and `denies` is what it means: written twice, so that one can be held against the other.
    static func policy(edition: Int) -> String {
        """
        # Edition \(edition): the same rules under another version.
        package cam

        import rego.v1

        default allow := false

        allow if not denied

        denied if endswith(input.resource.name, "forbidden")

        denied if {
            startswith(input.action, "tune.")
            input.caller.socket != "admin"
        }

        denied if {
            startswith(input.action, "context.")
            input.resource.owner != input.caller.agent_id
            not startswith(input.resource.name, "shared")
        }

        denied if {
            input.action in {"observe.task", "observe.events", "explain"}
            input.resource.owner != input.caller.agent_id
            input.caller.socket != "admin"
        }

        effective_labels contains name if some name, _ in input.caller.labels
        """
    }

    static func deniesContext(_ context: Int, owner: UInt64, caller: UInt64) -> Bool {
        context == 2 || (owner != caller && context != 1)
    }

    static func deniesCapability(_ capability: Int) -> Bool { capability == capabilities.count - 1 }
}
