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
        let watch = try FolderWatch()
        let number = watch.rawValue
        folderWatch = consume watch
        watchFolders()
        _ = try reactor.register(number, .readable) { [unowned self] _ in policiesChanged() }
    }

    private func policiesChanged() {
        do throws(Errno) {
            guard try folderWatch?.drain() == true, !isReloadDue else { return }
        } catch {
            return log.write(.error, "policies_watch", ["error": "\(error)"])
        }
        isReloadDue = true
        reactor.schedule(after: Self.settlingNanoseconds) { [unowned self] in
            isReloadDue = false
            // First: what changes while the folders are read is seen as a change.
            watchFolders()
            log.write(.info, "reload_policies", ["why": "a file changed"])
            feed(.request(.reloadPolicies))
        }
    }

    /// A folder may have been replaced by another of its name, so each is named anew.
    private func watchFolders() {
        let folder = configuration.policiesDirectory
        let folders = ["/common", "/" + configuration.policiesPreset, ""].map { folder + $0 }
        for path in folders + [configuration.localPolicies] {
            do throws(Errno) {
                try folderWatch?.add(path)
            } catch {
                if error != .ENOENT {
                    log.write(.warning, "policies_watch", ["folder": path, "error": "\(error)"])
                }
            }
        }
    }
}
