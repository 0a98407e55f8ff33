// Policies from their folders: read on request, and where it was asked for when a file changes.

import Configuration
import Kernel
import Linux
import Policy
import Reactor

extension Daemon {
    /// How long after a change the folders are read: an editor or a copy makes several at once.
    private static let settlingNanoseconds: UInt64 = 300_000_000

    func startPolicies(_ facts: PolicyKernelFacts) throws(Errno) {
        policyLoader = try PolicyLoader(configuration, kernel: facts, reactor: reactor) { [unowned self] token, load in
            feed(.completed(.policies(token: token, load)))
        }
        guard configuration.watchesPolicies else { return }
        let watch = try FolderWatch.make().release()
        watchFolders(watch)
        _ = try reactor.register(watch, .readable) { [unowned self] _ in policiesChanged(watch) }
    }

    private func policiesChanged(_ watch: Int32) {
        var events = [UInt8](repeating: 0, count: 16 << 10)
        _ = try? events.withUnsafeMutableBytes { try File.readAvailable(watch, into: $0) }
        guard !isReloadDue else { return }
        isReloadDue = true
        reactor.schedule(after: Self.settlingNanoseconds) { [unowned self] in
            isReloadDue = false
            // First: what changes while the folders are read is seen as a change.
            watchFolders(watch)
            log.write(.info, "reload_policies", ["why": "a file changed"])
            feed(.request(.reloadPolicies))
        }
    }

    /// A folder may have been replaced by another of its name, so each is named anew.
    private func watchFolders(_ watch: Int32) {
        let (folder, preset) = (configuration.policiesDirectory, configuration.policiesPreset)
        for path in [folder, "\(folder)/common", "\(folder)/\(preset)", configuration.localPolicies] {
            do throws(Errno) { try FolderWatch.add(path, to: watch) } catch {
                if error != .ENOENT { log.write(.warning, "policies_watch", ["folder": path, "error": "\(error)"]) }
            }
        }
    }
}
