// The kernel as `observe` shows it.

import ABI
import Arbitration
import Containers
public import DriverLifecycle
import Policy
import ProtobufWire
import Quota

extension Kernel {
    var stats: Stats {
        let running = upcalls.values.count { !$0.isPing }
        return Stats(
            calls: counters.calls.enumerated().map {
                CallStats(
                    call: UInt32($0.offset + 1), count: $0.element.count, denied: $0.element.denied,
                    failed: $0.element.failed)
            },
            connections: UInt64(sessions.count), openRequests: UInt64(calls.count), journalRecords: counters.records,
            journalBytes: counters.recordBytes, journalSyncs: counters.syncs,
            tasksQueued: UInt64(max(0, openTasks - running)),
            tasksRunning: UInt64(running), tasksEnded: state.tasksEnded,
            policyCacheHits: counters.policyHits,
            policyCacheMisses: counters.policyMisses, costMicros: state.costMicros)
    }

    /// Tasks of all agents that have not ended.
    var openTasks: Int { activities.reduce(0) { $0 + $1.account.openTasks.count } }

    var health: Health {
        var parts = [
            HealthPart(
                name: "journal", healthy: hasRoom(4096),
                state: hasRoom(4096)
                    ? "room for \(max(0, journalRoom)) bytes" : "no room: nothing that must be recorded can be done"),
            HealthPart(name: "memory", healthy: store.available, state: store.state),
        ]
        for executor in executors {
            guard case .driver(let driver) = executor.kind else { continue }
            var isWell = true
            if case .failed = driver.lifecycle.state { isWell = false }
            parts.append(
                HealthPart(
                    name: "driver \(executor.name)", healthy: isWell, state: Text("\(driver.lifecycle.stateName)")))
        }
        return Health(
            healthy: parts.allSatisfy(\.healthy), parts: parts,
            uptimeMs: (now.monotonic - startedAt.monotonic) / 1_000_000,
            kernel: kernelInfo, draining: state.draining || isStopping)
    }

    var agentStatuses: [AgentStatus] {
        var connected: [UInt64: Session] = [:]
        for session in sessions.all where session.agent > 0 { connected[session.agent] = session }
        return state.agents.map { agent in
            let activity = activities[Int(agent.id) - 1]
            let session = connected[agent.id]
            let offers = executors.first { executor in
                guard case .agent(agent.id) = executor.kind else { return false }
                return executor.connection != nil
            }
            return AgentStatus(
                agentID: agent.id, name: agent.name, uid: agent.uid, labels: agent.labels,
                connections: UInt32(clamping: activity.account.connections.count), calls: activity.calls,
                denied: activity.denied, costMicros: activity.costMicros,
                confinement: session.map { $0.identity.subject.isConfined ? "sandboxed driver" : "unconfined" }
                    ?? "not connected",
                pid: session?.peer.pid ?? 0, executable: session?.peer.executable ?? "",
                offers: offers?.capabilities.map(\.name) ?? [])
        }
    }

    /// The manifest of a driver, by its place in the settings, which is its place among the executors.
    public func manifest(_ driver: Int) -> DriverManifest {
        guard case .driver(let state) = executors[driver].kind else {
            preconditionFailure("executor \(driver) is no driver")
        }
        return state.manifest
    }

    var driverStatuses: [DriverStatus] {
        executors.compactMap { executor in
            guard case .driver(let driver) = executor.kind else { return nil }
            let tracks = executor.capabilities.map { state.track(executor.name, $0.name) }
            return DriverStatus(
                name: executor.name, version: driver.manifest.version, state: Text("\(driver.lifecycle.stateName)"),
                pid: driver.pid, capabilities: executor.capabilities, slots: UInt32(clamping: executor.slots),
                busy: UInt32(clamping: executor.busy), restarts: driver.lifecycle.restarts, calls: executor.calls,
                failures: executor.failures, sandbox: driver.sandbox, violations: driver.violations,
                stderr: driver.stderr,
                lastExit: driver.lifecycle.lastExit.map { Text($0.description) } ?? "",
                latencyUs: tracks.compactMap(\.latencyMedian).max() ?? 0)
        }
    }
}
