// Reads and compiles policies on a thread of its own: a large set must not make anyone wait.

import Kernel
import Linux
import Policy
import PolicyFiles
import ProtobufWire
import Reactor

/// Loads on request. One load at a time; the answers come on the reactor's thread in the order of the requests.
final class PolicyLoader {
    private let requests = BlockingQueue<UInt64>()
    private let answers = BlockingQueue<Answer>()

    private struct Answer: Sendable {
        let token: UInt64
        let load: PolicyLoad
    }

    init(folder: String, kernel: PolicyKernelFacts, reactor: Reactor, _ loaded: @escaping (UInt64, PolicyLoad) -> Void)
        throws(Errno)
    {
        let answers = answers
        let wakeUp = try reactor.wakeUp {
            for answer in answers.drain() { loaded(answer.token, answer.load) }
        }
        let requests = requests
        let thread = try WorkerThread(name: "policies") {
            while true {
                let tokens = requests.takeAll()
                if tokens.isEmpty { return }
                for token in tokens {
                    answers.put(Answer(token: token, load: Self.read(folder, kernel)))
                    wakeUp.post()
                }
            }
        }
        thread.detach()
    }

    deinit { requests.close() }

    func load(_ token: UInt64) { requests.put(token) }

    /// Reads and compiles a folder of policies.
    static func read(_ folder: String, _ kernel: PolicyKernelFacts) -> PolicyLoad {
        do {
            let files = try PolicyFolder(reading: folder)
            let engine = try PolicyEngine(modules: files.modules, data: files.data, kernel: kernel)
            return .loaded(engine, files: (files.modules + files.data).map(\.name))
        } catch {
            return .refused(Text("\(error)"))
        }
    }
}
