// Examines the machine under a configuration: the sandbox, the store, the folders, the sockets.

import Configuration
import Contexts
import Linux
import ProtobufWire
import Sandbox

struct Doctor {
    let configuration: Configuration

    func examine() -> [Finding] {
        settings() + sandbox() + store() + files() + SocketCheck(configuration: configuration).findings()
    }

    // MARK: The configuration

    private func settings() -> [Finding] {
        let changed = configuration.entries.filter { $0.origin != .fallback }.count
        let source = configuration.file.map { "read from \($0)" } ?? "no file; defaults, environment and flags"
        let file = Finding(
            part: "configuration", name: "settings", verdict: .good, detail: "\(source); \(changed) differ from default"
        )
        return [file]
            + configuration.warnings.map {
                Finding(part: "configuration", name: "environment", verdict: .less, detail: $0)
            }
    }

    // MARK: The sandbox

    private func sandbox() -> [Finding] {
        let capabilities: SandboxCapabilities
        do {
            capabilities = try SandboxCapabilities.probe(launcher: configuration.launcherPath)
        } catch {
            return [Finding(part: "sandbox", name: "launcher", verdict: .bad, detail: "could not be tried: \(error)")]
        }
        let required = Set(configuration.requiredSandboxLayers)
        let launcher = Finding(
            part: "sandbox", name: "launcher", verdict: capabilities.problem == nil ? .good : .bad,
            detail: capabilities.problem ?? capabilities.launcher)
        let groups = capabilities.controlGroups
        let layers =
            capabilities.items.map { ($0.name, $0.allowed, $0.detail) }
            + [("cgroup", groups.isUsable, groups.description)]
        let findings = layers.map { name, isAllowed, detail in
            let verdict: Finding.Verdict = isAllowed ? .good : required.contains(name) ? .bad : .less
            return Finding(part: "sandbox", name: name, verdict: verdict, detail: detail)
        }
        return [launcher] + findings + [drivers(capabilities), conclusion(capabilities, required)]
    }

    /// What keeps a driver of level runtime in, or that it cannot be kept in.
    private func drivers(_ capabilities: SandboxCapabilities) -> Finding {
        let allows = capabilities.allows
        let files = allows("mount_ns") ? "a tree of its own" : allows("landlock") ? "Landlock alone" : "nothing"
        let network = allows("net_ns") ? "a network namespace without links" : "seccomp alone"
        let isUsable =
            capabilities.problem == nil && allows("seccomp") && (allows("mount_ns") || allows("landlock"))
        return Finding(
            part: "sandbox", name: "drivers", verdict: isUsable ? .good : .bad,
            detail: isUsable
                ? "files are kept by \(files), the network by \(network)"
                : "no driver of level runtime is started here: files are kept by \(files)")
    }

    /// What `sandbox.require` comes to here.
    private func conclusion(_ capabilities: SandboxCapabilities, _ required: Set<String>) -> Finding {
        let names = configuration.requiredSandboxLayers.joined(separator: ", ")
        let known = Set(capabilities.items.map(\.name))
        let missing = configuration.requiredSandboxLayers.filter { name in
            name == "cgroup" ? !capabilities.controlGroups.isUsable : known.contains(name) && !capabilities.allows(name)
        }
        if capabilities.problem != nil {
            return Finding(part: "sandbox", name: "required", verdict: .fact, detail: "\(names); could not be tried")
        }
        guard missing.isEmpty else {
            let what = missing.joined(separator: ", ")
            return Finding(
                part: "sandbox", name: "required", verdict: .bad,
                detail: "\(what) cannot be applied here, so no driver is started; see sandbox.require")
        }
        return Finding(part: "sandbox", name: "required", verdict: .good, detail: "\(names): can be applied")
    }

    // MARK: The store

    private func store() -> [Finding] {
        switch configuration.memory {
        case nil: return [privateRedis()]
        case .unixSocket(let path, _):
            return [Finding(part: "store", name: "memory.url", verdict: .fact, detail: "Redis on the socket \(path)")]
        case .tcp(let host, let port, _, _):
            let how = configuration.memoryAllowPlaintext ? "; the password may travel in the clear" : ""
            return [
                Finding(part: "store", name: "memory.url", verdict: .fact, detail: "Redis at \(host):\(port)\(how)")
            ]
        }
    }

    private func privateRedis() -> Finding {
        let path = configuration.redisServer
        guard File.isExecutable(path) else {
            return Finding(
                part: "store", name: "redis-server", verdict: .bad,
                detail: "\(path) is no program: install redis-server, or set redis.server or memory.url")
        }
        let version = ProgramVersion.of(path)
        return Finding(
            part: "store", name: "redis-server", verdict: version == nil ? .bad : .good,
            detail: version.map { "\(path), version \($0); camd starts a private one" }
                ?? "\(path) --version tells no version")
    }

    // MARK: Files and folders

    private func files() -> [Finding] {
        let folders = FolderCheck()
        return [
            folders.state(configuration.stateDirectory),
            folders.readable(configuration.driversDirectory, "drivers", key: "drivers.dir") { names in
                let drivers = names.filter { folders.isFile("\(configuration.driversDirectory)/\($0)/driver.json5") }
                return drivers.isEmpty ? nil : drivers.joined(separator: " ")
            },
            policies(folders),
        ] + localPolicies(folders)
    }

    /// Whoever may write there decides what is allowed. It need not be there before camd's first start.
    private func localPolicies(_ folders: FolderCheck) -> [Finding] {
        let path = configuration.localPolicies
        do throws(Errno) {
            guard try File.exists(path) else { return [] }
            let mode = try File.status(path).mode
            if mode & 0o022 != 0 {
                return [
                    Finding(
                        part: "folders", name: "policies.local", verdict: .bad,
                        detail: "\(path): others may write to it; chmod go-w mends that")
                ]
            }
        } catch {
            return [Finding(part: "folders", name: "policies.local", verdict: .bad, detail: "\(path): \(error)")]
        }
        return [folders.readable(path, "policies.local", key: "policies.local") { $0.joined(separator: " ") }]
    }

    /// Policies that do not compile keep camd from starting.
    private func policies(_ folders: FolderCheck) -> Finding {
        let path = configuration.policiesDirectory
        switch PolicySet([], configuration).asKernelPolicy() {
        case .good((let version, let files)):
            return folders.readable(path, "policies", key: "policies.dir") { _ in
                "version \(version), \(files.map(\.string).joined(separator: " "))"
            }
        case .bad(let mistakes):
            let more = mistakes.count > 1 ? "; \(mistakes.count - 1) more, see 'camctl policy check'" : ""
            return Finding(
                part: "folders", name: "policies", verdict: .bad, detail: (mistakes.first ?? path) + more)
        }
    }
}
