// Checks a graph of tasks before any of it is admitted: names, references, sizes, cycles.

import ABI
import ProtobufWire

struct GraphCheck {
    /// What is wrong with the graph, nil where nothing is.
    let problem: Refusal?

    init(_ tasks: [TaskSpec]) {
        problem = Self.names(tasks) ?? Self.edges(tasks)
    }

    private static func names(_ tasks: [TaskSpec]) -> Refusal? {
        guard !tasks.isEmpty, tasks.count <= Limits.tasksPerGraphMax else {
            return .invalid(
                "tasks", "\(tasks.count) tasks cannot be one graph", expected: "1 to \(Limits.tasksPerGraphMax) tasks")
        }
        var seen: Set<Text> = []
        for (place, task) in tasks.enumerated() {
            let field: Text = "tasks[\(place)]"
            guard task.localID.utf8Count > 0, task.localID.utf8Count <= Limits.nameBytesMax else {
                return .invalid(
                    "\(field).local_id", "the local id cannot be used", expected: "1 to \(Limits.nameBytesMax) bytes")
            }
            guard seen.insert(task.localID).inserted else {
                return .invalid(
                    "\(field).local_id", "the local id \(task.localID) is used twice",
                    expected: "unique within the graph")
            }
            guard isName(task.capability) else {
                return Refusal.invalidCapability.within(field)
            }
            guard task.retries <= Limits.retriesMax else {
                return .invalid(
                    "\(field).retries", "\(task.retries) retries are too many", expected: "at most \(Limits.retriesMax)"
                )
            }
            guard task.compensate == nil else {
                return Refusal(
                    status: .unimplemented, message: "compensations are not built yet", field: "\(field).compensate")
            }
            guard task.inputFrom.count <= Limits.dependenciesPerTaskMax,
                task.dependsOn.count <= Limits.dependenciesPerTaskMax
            else {
                return .invalid(
                    "\(field).depends_on", "too many dependencies", expected: "at most \(Limits.dependenciesPerTaskMax)"
                )
            }
        }
        return nil
    }

    /// Every reference names a task, and no task waits for itself by any way (Kahn 1962: what cannot be put in order has a cycle).
    private static func edges(_ tasks: [TaskSpec]) -> Refusal? {
        var places: [Text: Int] = [:]
        for (place, task) in tasks.enumerated() { places[task.localID] = place }
        var waits = [Int](repeating: 0, count: tasks.count)
        var dependents = [[Int]](repeating: [], count: tasks.count)
        for (place, task) in tasks.enumerated() {
            for name in task.inputFrom + task.dependsOn {
                guard let other = places[name] else {
                    return .invalid(
                        "tasks[\(place)].depends_on",
                        "task \(task.localID) depends on \(name), which is not in the graph",
                        expected: "local ids of this graph")
                }
                dependents[other].append(place)
                waits[place] += 1
            }
        }
        var ready = waits.indices.filter { waits[$0] == 0 }
        var next = 0
        while next < ready.count {
            for other in dependents[ready[next]] {
                waits[other] -= 1
                if waits[other] == 0 { ready.append(other) }
            }
            next += 1
        }
        guard let stuck = waits.firstIndex(where: { $0 > 0 }) else { return nil }
        return .invalid(
            "tasks[\(stuck)].depends_on", "task \(tasks[stuck].localID) waits for itself through its dependencies",
            expected: "no cycle")
    }
}

extension Refusal {
    /// The same with the field named from farther out.
    func within(_ outer: Text) -> Refusal {
        var refusal = self
        refusal.field = field.isEmpty ? outer : "\(outer).\(field)"
        return refusal
    }
}
