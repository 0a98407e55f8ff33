// Rules over several settings, and over one where its kind alone cannot say it.

import Contexts

enum SettingConflicts {
    static func find(in entries: [Configuration.Entry]) -> [ConfigurationProblem] {
        let configuration = Configuration(entries: entries, file: nil, warnings: [])
        return socketPaths(configuration) + socketGroup(configuration) + memory(configuration)
            + proportions(configuration)
    }

    private static func socketPaths(_ configuration: Configuration) -> [ConfigurationProblem] {
        guard configuration.agentSocket == configuration.adminSocket else { return [] }
        return configuration.entry(key: "socket.admin").map { [conflict($0, "that is socket.agent too")] } ?? []
    }

    private static func socketGroup(_ configuration: Configuration) -> [ConfigurationProblem] {
        let isForGroup = configuration.socketMode.bits & 0o070 != 0 && configuration.socketMode.bits & 0o007 == 0
        if isForGroup, configuration.socketGroup.isEmpty, let entry = configuration.entry(key: "socket.mode") {
            return [conflict(entry, "socket.group does not say which group")]
        }
        if !isForGroup, !configuration.socketGroup.isEmpty, let entry = configuration.entry(key: "socket.group") {
            return [conflict(entry, "that has no effect with socket.mode \(configuration.socketMode); use 0660")]
        }
        return []
    }

    private static func memory(_ configuration: Configuration) -> [ConfigurationProblem] {
        guard !configuration.memoryURL.isEmpty else { return [] }
        do throws(MemoryURLError) {
            _ = try MemoryURL.parse(configuration.memoryURL, allowPlaintext: configuration.memoryAllowPlaintext)
            return []
        } catch {
            return [.badMemoryURL(error, configuration.origin(\.memoryURL))]
        }
    }

    private static func proportions(_ configuration: Configuration) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        let weights = [configuration.performanceWeight, configuration.costWeight, configuration.qualityWeight]
        if weights.allSatisfy({ $0 == 0 }), let entry = configuration.entry(key: "scheduler.weights.performance") {
            problems.append(conflict(entry, "scheduler.weights.cost and .quality are 0 too; one must be more"))
        }
        if configuration.connectionsPerUserMax > configuration.connectionsMax,
            let entry = configuration.entry(key: "limits.connections_per_user")
        {
            problems.append(conflict(entry, "limits.connections is \(configuration.connectionsMax), which is less"))
        }
        return problems
    }

    private static func conflict(_ entry: Configuration.Entry, _ why: String) -> ConfigurationProblem {
        .conflict(key: entry.declaration.key, value: "'\(entry.shownValue)'", why, entry.origin)
    }
}
