// A server that a suite starts and ends: a child that cannot outlive the bench.

import Linux

/// A running child. Ends with this object.
final class ServerProcess {
    private let name: String
    private let pidfd: FileDescriptor
    private let log: String
    let pid: Int32

    /// - Parameter log: file that gets its output; shown when it ends too early.
    init(
        _ name: String, program: String, arguments: [String], environment: [(name: String, value: String)] = [],
        log: String
    ) throws {
        let output = try File.open(log, [.writeOnly, .create, .append])
        let input = try File.open("/dev/null", .readOnly)
        var plan = SpawnPlan(program: program, arguments: arguments, environment: environment)
        plan.descriptors = [(0, input.rawValue), (1, output.rawValue), (2, output.rawValue)]
        plan.deathSignal = .kill
        let child = try plan.spawn()
        self.name = name
        self.log = log
        pid = child.pid
        pidfd = child.releaseHandle()
    }

    deinit {
        do {
            try ProcessHandle.signal(pidfd.rawValue, .terminate)
            let end = Clock.monotonic() + 5_000_000_000
            while Clock.monotonic() < end {
                if try ProcessHandle.reap(pidfd.rawValue, wait: false) != nil { return }
                Clock.sleep(nanoseconds: 2_000_000)
            }
            try ProcessHandle.signal(pidfd.rawValue, .kill)
            _ = try ProcessHandle.reap(pidfd.rawValue, wait: true)
        } catch {
            // It had ended before: nothing is left to end.
        }
    }

    /// Waits until something accepts connections at `socket`.
    func waitUntilServing(_ socket: String, seconds: UInt64 = 20) throws {
        let end = Clock.monotonic() + seconds * 1_000_000_000
        while true {
            do {
                _ = try Socket.connect(unixPath: socket, nonBlocking: false)
                return
            } catch {
                guard error == .ENOENT || error == .ECONNREFUSED else { throw BenchFailure("\(socket): \(error)") }
            }
            if let status = try ProcessHandle.reap(pidfd.rawValue, wait: false) {
                throw BenchFailure("\(name) \(status) before it served \(socket):\n\(try lastWords())")
            }
            if Clock.monotonic() > end {
                throw BenchFailure("\(name) did not serve \(socket) within \(seconds) s:\n\(try lastWords())")
            }
            Clock.sleep(nanoseconds: 2_000_000)
        }
    }

    private func lastWords() throws -> String {
        let lines = String(decoding: try File.readAll(log, limit: 16 << 20), as: UTF8.self).split(separator: "\n")
        return lines.suffix(20).joined(separator: "\n")
    }
}

/// Runs a program to its end and gives what it wrote to its standard output.
func outputOf(_ program: String, _ arguments: [String]) throws -> String {
    let pipe = try Pipe.make().release()
    let reading = FileDescriptor(owning: pipe.reading)
    let writing = FileDescriptor(owning: pipe.writing)
    let null = try File.open("/dev/null", .readWrite)
    var plan = SpawnPlan(program: program, arguments: arguments)
    plan.descriptors = [(0, null.rawValue), (1, writing.rawValue), (2, null.rawValue)]
    plan.deathSignal = .kill
    let child = try plan.spawn()
    writing.close()
    let output = try File.readAll(reading.rawValue, limit: 16 << 20)
    guard let status = try ProcessHandle.reap(child.pidfd.rawValue, wait: true), status.succeeded else {
        throw BenchFailure("\(program) \(arguments.joined(separator: " ")) failed")
    }
    return String(decoding: output, as: UTF8.self)
}

/// A folder for one run of a suite, gone afterwards.
final class ScratchFolder {
    let path: String

    init() throws {
        path = try Directory.makeTemporary(prefix: (ThisProcess.environment("TMPDIR") ?? "/tmp") + "/cam-bench-")
    }

    deinit {
        do {
            try Directory.removeAll(path)
        } catch {
            // A left-over folder below the temporary one does no harm, and there is nobody to tell at this point.
        }
    }
}
