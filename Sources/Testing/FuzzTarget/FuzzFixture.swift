// What every input finds in place: settings with low limits, two drivers, two policies, and keys that are no secrets.

import ABI
import Crypto
import DriverLifecycle
import Kernel
import Policy
import ProtobufWire

enum FuzzFixture {
    static let uid: UInt32 = 1000
    static let tokenKey = {
        var seed = [UInt8](repeating: 7, count: 32)
        return Ed25519.KeyPair(seed: SecretKey(moving: &seed))
    }()
    static let drivers = [
        driver("alpha", ["text.work", "text.other"], slots: 2, idempotent: true),
        driver("beta", ["text.once", "text.work"], slots: 1, idempotent: false),
    ]

    static let settings: KernelSettings = {
        var settings = KernelSettings()
        settings.uid = uid
        settings.callsPerSecond = 50
        settings.burst = 100
        settings.registrationBurst = 20
        settings.requestCredit = 24
        settings.openRequestsMax = 12
        settings.openTasksMax = 24
        settings.tasksMax = 40
        settings.connectionsPerUserMax = 7
        settings.tokenPublicKey = tokenKey.publicKey
        settings.drivers = drivers
        return settings
    }()

    /// In force at the start, then what a reload may bring.
    static let policies = [
        engine(
            """
            package cam

            default allow := false

            allow if {
            	input.resource.name != "forbidden"
            	not administration
            	not another_context
            }

            allow if input.caller.socket == "admin"

            administration if startswith(input.action, "tune.")

            another_context if {
            	startswith(input.action, "context.")
            	input.resource.owner != input.caller.agent_id
            }

            effective_labels contains name if {
            	some name, _ in input.caller.labels
            	not startswith(name, "cam.")
            }

            excluded_executors contains "alpha" if input.caller.labels.avoid == "alpha"

            deny_reasons contains "use the admin socket" if administration
            """),
        engine("package cam\n\ndefault allow := false\n\nallow if input.action != \"think\""),
        engine("package cam\n\nallow if input.caller.uid == 1 / input.caller.agent_id"),
    ]

    private static func driver(_ name: Text, _ capabilities: [Text], slots: UInt32, idempotent: Bool) -> DriverManifest
    {
        var manifest = DriverManifest(name: name, program: "x")
        manifest.capabilities = capabilities.map {
            Capability(name: $0, latencyUs: 1_000, costMicros: 10, quality: 0.5, idempotent: idempotent)
        }
        manifest.slots = slots
        manifest.callTimeoutMilliseconds = 20_000
        return manifest
    }

    private static func engine(_ text: String) -> PolicyEngine {
        do throws(PolicyLoadErrors) {
            return try PolicyEngine(
                modules: [PolicySource(name: "fuzz.rego", text: text)], kernel: PolicyKernelFacts(uid: uid))
        } catch {
            preconditionFailure("the fuzzer's own policy does not load: \(error)")
        }
    }
}
