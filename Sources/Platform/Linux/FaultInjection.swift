// Debug builds only: fails one system call of this process on request, so that tests can see every call fail once.

#if DEBUG
internal import FaultPlan
internal import Glibc
internal import Synchronization

/// `CAM_FAULT` names a place. While a symbolic link is there, its text is the plan, read again before every call, and a
/// new text begins a new count. Notes go to the file `.report` behind that name: what failed and with what, and at the
/// orderly end of the process, as `end 143`, how many calls it made.
///
/// Not seen here: close, which never leaves a descriptor open; `access` (its no says enough), process_vm_readv,
/// clock_gettime, sleeps and pthread's own objects; what hiredis (the socket to Redis), libseccomp (building filters,
/// answering reported calls), libsodium (its first look at the random source) and libc (users, groups, memory) call
/// for themselves; the steps of a child between clone and its program; and cam-sandbox, which is no Swift.
final class FaultInjection: Sendable {
    private static let active = getenv("CAM_FAULT").map { FaultInjection(String(cString: $0)) }
    private let link: String
    private let state = Mutex((plan: FaultPlan(""), total: 0))

    private init(_ link: String) { self.link = link }

    /// Whether this call has to fail; errno is set then.
    static func fails(_ name: StaticString) -> Bool {
        guard let active, let code = active.error(of: "\(name)") else { return false }
        errno = code
        return true
    }

    /// Notes how many calls there were.
    static func ended() {
        if let active { active.note("end \(active.state.withLock { $0.total })") }
    }

    private func error(of name: String) -> Int32? {
        guard FaultPlan.canFail(name) else { return nil }
        return state.withLock { state in
            state.total += 1
            let text = planText()
            if text != state.plan.text { state.plan = FaultPlan(text) }
            let verdict = state.plan.count(name)
            let error = verdict.error.map { " \(Errno(rawValue: $0).name)" } ?? ""
            if let line = verdict.note { note(line + error) }
            return verdict.error
        }
    }

    /// Empty where there is no plan now.
    private func planText() -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            let count = readlink(link, buffer.baseAddress!, buffer.count)
            return String(decoding: UnsafeRawBufferPointer(buffer)[..<max(count, 0)], as: UTF8.self)
        }
    }

    private func note(_ words: String) {
        let fd = open("\(link).report", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        _ = write(fd, "\(words)\n", words.utf8.count + 1)
        close(fd)
    }
}
#endif
