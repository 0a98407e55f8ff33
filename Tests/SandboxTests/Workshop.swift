// The launcher and the probes, built once for a test run with the machine's C compiler, in a folder of its own that goes
// with the process.

import Foundation
import Linux
import Sandbox

struct Workshop: Sendable {
    let folder: String
    var launcher: String { folder + "/cam-sandbox" }
    /// A folder as drivers have them: `probe` linked dynamically and `probe-static`.
    var drivers: String { folder + "/drivers" }

    /// Why nothing can be built here, or nil.
    static let obstacle: String? = {
        for compiler in ["/usr/bin/cc", "/usr/local/bin/cc"] where File.isExecutable(compiler) { return nil }
        return "no C compiler (cc) to build the launcher and the probe with"
    }()
    static var isPossible: Bool { obstacle == nil }

    static let shared: Result<Workshop, WorkshopError> = Result { () throws(WorkshopError) in try build() }

    static func ready() throws -> Workshop { try shared.get() }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()

    private static func build() throws(WorkshopError) -> Workshop {
        do {
            let folder = try Directory.makeTemporary(prefix: "/tmp/cam-sandbox-tests.")
            removeAtExit(folder)
            let workshop = Workshop(folder: folder)
            try Directory.make(workshop.drivers, mode: 0o755)
            let launcher = try sources("Sources/Programs/cam-sandbox")
            let probe = try sources("Tests/SandboxProbe")
            let strict = ["-Wall", "-Wextra", "-Werror"]
            try compile(["-static", "-O2"] + strict + ["-o", workshop.launcher] + launcher)
            try compile(["-O1", "-pthread"] + strict + ["-o", workshop.drivers + "/probe"] + probe)
            try compile(["-static", "-O1", "-pthread"] + strict + ["-o", workshop.drivers + "/probe-static"] + probe)
            // Other users run and read these in the tests.
            for path in [folder, workshop.drivers] { try File.changeMode(path, 0o755) }
            for path in [workshop.launcher, workshop.drivers + "/probe", workshop.drivers + "/probe-static"] {
                try File.changeMode(path, 0o755)
            }
            return workshop
        } catch let error as WorkshopError {
            throw error
        } catch {
            throw WorkshopError(text: "\(error)")
        }
    }

    private static func sources(_ folder: String) throws -> [String] {
        try Directory.list(root + folder).filter { $0.hasSuffix(".c") }.sorted().map { "\(root)\(folder)/\($0)" }
    }

    private static func compile(_ arguments: [String]) throws {
        let process = Process()
        let output = Foundation.Pipe()
        process.executableURL = URL(filePath: "/usr/bin/cc")
        process.arguments = arguments
        process.standardError = output
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw WorkshopError(text: String(decoding: text, as: UTF8.self)) }
    }

    private static func removeAtExit(_ folder: String) {
        // A C function cannot capture: the folder's name goes through the environment.
        setenv("CAM_SANDBOX_TESTS_FOLDER", folder, 1)
        atexit {
            guard let folder = getenv("CAM_SANDBOX_TESTS_FOLDER") else { return }
            do { try Directory.removeAll(String(cString: folder)) } catch { return }
        }
    }
}

struct WorkshopError: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
}
