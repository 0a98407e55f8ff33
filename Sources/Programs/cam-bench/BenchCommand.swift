// The command line of cam-bench: one command a suite.

import CommandLineInterface
import Linux

enum BenchCommand {
    static let version = "0.1.0"

    static let json = Option.flag("json", "Print one JSON object instead of a table.")
    static let rounds = Option.integer(
        "rounds", "N", 1...1000, "Alternating rounds of ours and the peer's; 7 by default.")
    static let tree = Option.text(
        "tree", "DIR", kind: .folder, "The installed tree that camd runs from; CAM_TREE, else beside this program.")
    static let camd = Option.text("camd", "PATH", kind: .file, "The camd to measure; the tree's by default.")

    static let data = Option.text(
        "data", "DIR", kind: .folder, "The folder of the cases; tiers.json is in it or above it.")

    static let root = Command(
        group: "cam-bench", "Measure CAM beside its peers.",
        discussion: """
            Every row is a ratio to a peer that was measured in the same run, on the same machine, over the same kind of
            socket, with the same payload and depth. Nothing here passes or fails on a clock.
            """,
        subcommands: [wire, transport, rego, regoConformance])

    static let wire = Command(
        "wire", "Calls over the Unix socket beside a plain C echo and redis-benchmark.",
        discussion: """
            Starts a camd of its own in a temporary folder, with its own configuration (the rate limit raised) and its
            own Redis, and measures round trips, pipelined calls and the tail under open-loop load. The journal is on;
            each row says how many bytes of it one call wrote.
            """,
        options: [json.declaration, rounds.declaration, tree.declaration, camd.declaration]
    ) { invocation, console in
        let installation = try Installation.find(tree: invocation[tree], camd: invocation[camd])
        let suite = WireSuite(installation: installation, rounds: invocation[rounds] ?? 7) { console.error($0) }
        let report = try suite.run()
        if invocation[json] { console.json(report.json) } else { report.print(to: console) }
        return .ok
    }

    static let transport = Command(
        "transport", "The kernel's reactor and framing without a kernel, beside a plain C echo and redis-benchmark.",
        options: [json.declaration, rounds.declaration]
    ) { invocation, console in
        let suite = TransportSuite(rounds: invocation[rounds] ?? 7) { console.error($0) }
        let report = try suite.run()
        if invocation[json] { console.json(report.json) } else { report.print(to: console) }
        return .ok
    }

    static let rego = Command(
        "rego", "Policy decisions beside rego-cpp, as the Python package regopy has it.",
        discussion: """
            Decides in this process, and in a Python process that CAM_REGOPY_PYTHON names, else python3, where it has
            regopy. --data names a folder with rbac.rego and data.json; by default ../shared/data/rego/bench where that
            is, else a policy of our own.
            """,
        options: [data.declaration, json.declaration, rounds.declaration]
    ) { invocation, console in
        let usual = "../shared/data/rego/bench"
        let folder = try invocation[data] ?? (File.exists(usual + "/rbac.rego") ? usual : nil)
        let suite = RegoSuite(folder: folder, rounds: invocation[rounds] ?? 7) { console.error($0) }
        let report = try suite.run()
        if invocation[json] { console.json(report.json) } else { report.print(to: console) }
        return .ok
    }

    static let regoConformance = Command(
        "rego-conformance", "Cases in the JSON form of Open Policy Agent's own, counted by category and tier.",
        discussion: """
            Runs every *.json in the folder that is an array of cases: modules with a query and the bindings or the
            error that must come out, or modules that must be refused with a code.
            """,
        options: [data.declaration, json.declaration]
    ) { invocation, console in
        guard let folder = invocation[data] else { throw invocation.usageError("--data is missing") }
        let suite = try RegoConformanceSuite(folder: folder)
        if invocation[json] { console.json(suite.json) } else { suite.print(to: console) }
        return .ok
    }
}
