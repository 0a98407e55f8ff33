// Driver processes: spawns what the kernel asks for and tells it what became of them.

import Configuration
import DriverLifecycle
import DriverSupervisor
import Kernel
import Linux
import ProtobufWire
import Reactor
import Sandbox

extension Daemon {
    func startSupervisor() throws {
        let capabilities = try SandboxCapabilities.probe(launcher: configuration.launcherPath)
        let supervisor = try DriverSupervisor(
            reactor: reactor, settings: DriverSupervisor.Settings(capabilities: capabilities))
        supervisor.onReport = { [unowned self] instance, report in
            feed(.completed(.sandboxed(instance: instance, report)))
        }
        supervisor.onViolation = { [unowned self] instance, what in
            log.write(.warning, "sandbox_stopped", ["instance": "\(instance)", "what": what.string])
            feed(.completed(.driverSaid(instance: instance, .violation(what))))
        }
        supervisor.onExit = { [unowned self] instance, end in
            feed(.completed(.driverSaid(instance: instance, .stderr(end.facts.standardError))))
            feed(.completed(.driverExited(instance: instance, end.exit)))
        }
        self.supervisor = supervisor
        refreshDriverFacts()
    }

    func spawn(_ driver: Int, _ instance: UInt64) {
        guard let supervisor else { preconditionFailure("a driver was asked for before the supervisor was there") }
        let installed = installed[driver]
        do throws(SpawnRefusal) {
            let spawned = try supervisor.spawn(
                instance: instance, manifest: kernel.manifest(driver), folder: installed.folder)
            let (pid, secret) = (spawned.pid, spawned.secret)
            feed(.completed(.spawned(instance: instance, pid: pid, secret: secret)))
            adoptDriver(FileDescriptor(owning: spawned.releaseSocket()), instance, pid)
        } catch {
            log.write(.error, "driver_not_started", ["driver": installed.manifest.name.string, "reason": error.reason])
            if error.isLasting {
                feed(.completed(.spawnRefused(instance: instance, Text(error.reason))))
            } else {
                feed(
                    .completed(
                        .driverExited(instance: instance, .notStarted(step: "spawn", errno: 0, detail: error.reason))))
            }
        }
    }

    private func adoptDriver(_ socket: consuming FileDescriptor, _ instance: UInt64, _ pid: Int32) {
        do throws(Errno) {
            try adopt(
                socket,
                Peer(
                    door: .driver(instance: instance), uid: ThisProcess.userID, gid: ThisProcess.groupID, groups: [],
                    pid: pid,
                    executable: ""))
        } catch {
            log.write(.error, "driver_not_watched", ["instance": "\(instance)", "error": "\(error)"])
            supervisor?.kill(instance)
        }
    }

    /// Once a second the kernel hears what running drivers wrote, for those who look.
    private func refreshDriverFacts() {
        for instance in supervisor?.instances ?? [] {
            guard let facts = supervisor?.facts(instance), !facts.standardError.isEmpty else { continue }
            feed(.completed(.driverSaid(instance: instance, .stderr(facts.standardError))))
        }
        reactor.schedule(after: 1_000_000_000) { [unowned self] in refreshDriverFacts() }
    }
}
