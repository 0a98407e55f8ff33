// rego-cpp, as the Python package regopy has it: the peer of the policy evaluator, in a process of its own.

import Linux

/// A Python that answers commands, one a line: `load NAME` and `run NAME NANOSECONDS`, with nanoseconds a call.
final class RegoPeer {
    private let pidfd: FileDescriptor
    private let toChild: FileDescriptor
    private let fromChild: FileDescriptor

    /// Nil where there is no Python that has regopy: CAM_REGOPY_PYTHON, else python3 of `$PATH`.
    static func find(in folder: String) throws -> RegoPeer? {
        let named = ThisProcess.environment("CAM_REGOPY_PYTHON")
        guard let python = named ?? (try? Installation.inPath("python3")),
            (try? outputOf(python, ["-c", "import regopy"])) != nil
        else { return nil }
        return try RegoPeer(python, folder)
    }

    private init(_ python: String, _ folder: String) throws {
        let down = try Pipe.make().release()
        let up = try Pipe.make().release()
        let childsInput = FileDescriptor(owning: down.reading)
        let childsOutput = FileDescriptor(owning: up.writing)
        toChild = FileDescriptor(owning: down.writing)
        fromChild = FileDescriptor(owning: up.reading)
        let null = try File.open("/dev/null", .writeOnly)
        var plan = SpawnPlan(program: python, arguments: ["-u", "-c", RegoPeer.script, folder])
        plan.descriptors = [(0, childsInput.rawValue), (1, childsOutput.rawValue), (2, null.rawValue)]
        plan.deathSignal = .kill
        pidfd = try plan.spawn().releaseHandle()
        childsInput.close()
        childsOutput.close()
    }

    deinit {
        do {
            try File.writeAll(toChild.rawValue, Array("end\n".utf8))
            _ = try ProcessHandle.reap(pidfd.rawValue, wait: true)
        } catch {
            // It had ended before: nothing is left to end.
        }
    }

    /// Loads NAME.rego with NAME.data.json, and keeps it for `run`. Milliseconds.
    func load(_ name: String) throws -> Double { try ask("load \(name)") / 1e6 }

    /// Asks about NAME.input.json for a while. Microseconds a decision.
    func run(_ name: String, isInputSet: Bool = true) throws -> Double {
        try ask("\(isInputSet ? "run" : "json") \(name) \(RegoSuite.sampleNanoseconds)") / 1e3
    }

    private func ask(_ command: String) throws -> Double {
        try File.writeAll(toChild.rawValue, Array("\(command)\n".utf8))
        var answer: [UInt8] = []
        var byte = [UInt8](repeating: 0, count: 1)
        while true {
            let count = try byte.withMutableBytes { buffer throws(Errno) in
                try File.read(fromChild.rawValue, into: buffer)
            }
            if count == 0 || byte[0] == 10 { break }
            answer.append(byte[0])
        }
        guard let nanoseconds = Double(String(decoding: answer, as: UTF8.self)) else {
            throw BenchFailure("regopy ended at `\(command)`")
        }
        return nanoseconds
    }

    /// The loop that is timed holds the call and nothing else, as ours does.
    private static let script = """
        import json, sys, time
        from regopy import Input, Interpreter
        folder, loaded = sys.argv[1], {}
        def text(name, end):
            with open(f"{folder}/{name}.{end}") as file: return file.read()
        def load(name):
            module, data, entry = text(name, "rego"), json.loads(text(name, "data.json")), text(name, "entry")
            begin = time.perf_counter_ns()
            maker = Interpreter()
            maker.add_data(data)
            maker.add_module(name + ".rego", module)
            bundle = maker.build(None, [entry])
            took = time.perf_counter_ns() - begin
            asker, question = Interpreter(), text(name, "input.json")
            asker.set_input(Input(json.loads(question)))
            if "true" not in str(asker.query_bundle_entrypoint(bundle, entry)): sys.exit(1)
            loaded[name] = (asker, bundle, entry, question)
            return took
        def timed(budget, call):
            count, begin = 0, time.perf_counter_ns()
            while True:
                for _ in range(4): call()
                count += 4
                took = time.perf_counter_ns() - begin
                if took > budget: return took / count
        for line in sys.stdin:
            words = line.split()
            if words[0] == "end": break
            if words[0] == "load":
                print(load(words[1]))
                continue
            asker, bundle, entry, question = loaded[words[1]]
            def set_input(): asker.set_input(Input(json.loads(question)))
            def ask(): asker.query_bundle_entrypoint(bundle, entry)
            def both(): set_input(); ask()
            set_input()
            print(timed(int(words[2]), ask if words[0] == "run" else both))
        """
}
