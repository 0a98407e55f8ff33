// Reads and compiles policies on a thread of its own: a large set must not make anyone wait.

import ABI
import Configuration
import Kernel
import Linux
import Policy
import PolicyFiles
import ProtobufWire
import Reactor

/// Loads on request. One load at a time; the answers come on the reactor's thread in the order of the requests.
final class PolicyLoader {
    private let requests = BlockingQueue<(token: UInt64, grant: Grant?, inForce: Text)>()
    private let answers = BlockingQueue<(token: UInt64, load: PolicyLoad)>()

    init(
        _ configuration: Configuration, kernel: PolicyKernelFacts, reactor: Reactor,
        _ loaded: @escaping (UInt64, PolicyLoad) -> Void
    ) throws(Errno) {
        let answers = answers
        let wakeUp = try reactor.wakeUp {
            for answer in answers.drain() { loaded(answer.token, answer.load) }
        }
        let requests = requests
        let thread = try WorkerThread(name: "policies") {
            while true {
                let taken = requests.takeAll()
                if taken.isEmpty { return }
                for (token, grant, inForce) in taken {
                    answers.put((token, Self.read(configuration, kernel, granting: grant, over: inForce)))
                    wakeUp.post()
                }
            }
        }
        thread.detach()
    }

    deinit { requests.close() }

    /// - Parameter inForce: the content hash of the policies that decide now.
    func load(_ token: UInt64, granting grant: Grant?, over inForce: Text) { requests.put((token, grant, inForce)) }

    /// Reads and compiles the policies. A grant is kept once they are known to be good with it, and only then; it brings
    /// nothing else into force, so no file may differ from what is.
    static func read(
        _ configuration: Configuration, _ kernel: PolicyKernelFacts, granting grant: Grant? = nil,
        over inForce: Text = ""
    ) -> PolicyLoad {
        do {
            let local = configuration.localPolicies
            var folder = try PolicyFolder(
                reading: configuration.policiesDirectory, preset: configuration.policiesPreset, local: local)
            if grant != nil, PolicyEngine.contentHash(folder.modules, folder.data) != inForce {
                return .refused(
                    "policy files changed since \(inForce.string.prefix(12)) was loaded; camctl policy reload first")
            }
            let grants = try grant.map { try folder.add($0, now: Clock.wall()) }
            let engine = try PolicyEngine(modules: folder.modules, data: folder.data, kernel: kernel)
            if let grants {
                guard engine.honoursGrants else {
                    return .refused("they have no data.cam.granted, so grants mean nothing")
                }
                try File.replace(local + "/grants.json", with: grants, mode: 0o600)
            }
            return .loaded(engine)
        } catch {
            return .refused(Text("\(error)"))
        }
    }
}
