// Other programs that the tests start (protoc, Python, the generator), each in a temporary folder of its test.

import Foundation
import Testing

/// A folder that is gone when `body` returns.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let template = FileManager.default.temporaryDirectory.appendingPathComponent("cam-codec-XXXXXX").path
    let path = try #require(template.withCString { makeFolder($0) }, "mkdtemp failed")
    let folder = URL(fileURLWithPath: path, isDirectory: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

private func makeFolder(_ template: UnsafePointer<CChar>) -> String? {
    guard let copy = strdup(template) else { return nil }
    defer { free(copy) }
    return mkdtemp(copy).map { String(cString: $0) }
}

enum Tool {
    struct Outcome {
        let status: Int32
        /// Standard output and standard error, as they came.
        let output: String
    }

    /// The repository's root, two folders above this file's.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Where SwiftPM put what it built: this test's own program stands there.
    static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    static let plugin = products.appendingPathComponent("protoc-gen-cam").path
    static let protoc = find("protoc")

    /// The first Python that has the protobuf package: the one named by CAM_TEST_PYTHON, the one that Deploy/setup.sh
    /// made, or any.
    static let python: String? = {
        let named = ProcessInfo.processInfo.environment["CAM_TEST_PYTHON"]
        let candidates: [String?] = [
            named, repository.appendingPathComponent(".build/venv/bin/python3").path, find("python3"),
        ]
        return candidates.compactMap { $0 }.first { candidate in
            (try? run(candidate, ["-c", "import google.protobuf.message_factory"]))?.status == 0
        }
    }()

    static func find(_ program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program to its end. Its output goes through a file, which no amount of it can block.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Outcome {
        try withTemporaryFolder { folder in
            let log = folder.appendingPathComponent("output")
            try Data().write(to: log)
            let handle = try FileHandle(forWritingTo: log)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = handle
            process.standardError = handle
            try process.run()
            process.waitUntilExit()
            try handle.close()
            let output = String(decoding: try Data(contentsOf: log), as: UTF8.self)
            return Outcome(status: process.terminationStatus, output: output)
        }
    }
}
