// What the kernel holds at the moment, summed up, for those who check from outside that nothing is lost and nothing kept.

package import ABI
import Containers
package import ProtobufWire
import Quota
import Scheduling

/// Counts of everything that somebody is charged for or waits with. All zero when everybody is gone and nothing is left to do.
package struct Census: Sendable, Equatable {
    package var sessions = 0
    package var connectionsOfUsers = 0
    package var connectionsOfAgents = 0
    package var openRequests = 0
    package var openTasks = 0
    package var calls = 0
    package var waiters = 0
    package var eventReaders = 0
    package var works = 0
    package var parked = 0
    package var queued = 0
    package var upcalls = 0
    package var busySlots = 0

    package init() {}
}

extension Kernel {
    package var census: Census {
        var census = Census()
        census.sessions = sessions.count
        census.calls = calls.count
        census.eventReaders = eventReaders.count
        census.works = works.count
        census.parked = parked.count
        census.upcalls = upcalls.count { !$0.value.isPing }
        census.connectionsOfUsers = connectionsOfUser.values.reduce(0) { $0 + $1.count }
        census.waiters = graphWaiters.values.reduce(0) { $0 + $1.count }
        for activity in activities {
            census.connectionsOfAgents += activity.account.connections.count
            census.openRequests += activity.account.openRequests.count
            census.openTasks += activity.account.openTasks.count
        }
        for executor in executors {
            census.queued += executor.queue.count
            census.busySlots += executor.busy
        }
        return census
    }

    /// Requests that a registered peer may still send, those that were answered since it was last given more, and those
    /// that are open.
    package func requestCredit(_ connection: ConnectionID) -> (left: UInt32, consumed: UInt32, open: UInt32)? {
        guard let session = sessions[connection], session.agent > 0, !session.isClosing else { return nil }
        return (session.credit, session.consumed, UInt32(session.open.count))
    }

    /// When the kernel wants to be woken next (monotonic nanoseconds), and what everything has cost so far. Mutating only
    /// because a look at a kernel that an object holds copies all of it otherwise, which is a lot after every step.
    package mutating func vitals() -> (nextReminder: UInt64?, costMicros: UInt64) {
        (timers.first?.key, state.costMicros)
    }

    package var isDraining: Bool { state.draining }

    package func agentID(uid: UInt32, name: Text) -> UInt64? { state.agentID(uid: uid, name: name) }

    /// The owner of a graph that is still known and how many of its tasks have not ended.
    package func graph(_ id: UInt64) -> (owner: UInt64, tasks: Range<UInt64>, open: Int)? {
        state.graphs[id].map { ($0.owner, $0.tasks, $0.open) }
    }

    package func taskState(_ id: UInt64) -> TaskState? { state.tasks[id]?.state }
}
