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
    private struct Request: Sendable {
        let token: UInt64
        let grant: Grant?
    }

    private struct Answer: Sendable {
        let token: UInt64
        let load: PolicyLoad
    }

    private let requests = BlockingQueue<Request>()
    private let answers = BlockingQueue<Answer>()

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
                for request in taken {
                    let load = Self.read(configuration, kernel, granting: request.grant)
                    answers.put(Answer(token: request.token, load: load))
                    wakeUp.post()
                }
            }
        }
        thread.detach()
    }

    deinit { requests.close() }

    func load(_ token: UInt64, granting grant: Grant?) { requests.put(Request(token: token, grant: grant)) }

    /// Reads and compiles the policies. A grant is kept once they are known to be good with it, and only then.
    static func read(
        _ configuration: Configuration, _ kernel: PolicyKernelFacts, granting grant: Grant? = nil
    ) -> PolicyLoad {
        do {
            var folder = try PolicyFolder(
                reading: configuration.policiesDirectory, preset: configuration.policiesPreset,
                local: configuration.localPolicies)
            let bytes = try grant.map { try folder.add($0, now: Clock.wall()) }
            let engine = try PolicyEngine(modules: folder.modules, data: folder.data, kernel: kernel)
            if let bytes {
                guard engine.honoursGrants else {
                    return .refused(
                        "no module defines data.cam.granted; copy grants.rego from the presets' common folder")
                }
                try folder.keep(bytes)
            }
            return .loaded(engine)
        } catch {
            return .refused(Text("\(error)"))
        }
    }
}
