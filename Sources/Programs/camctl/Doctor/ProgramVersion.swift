// Asks a program for its version.

import Linux

enum ProgramVersion {
    /// The first word of the shape 7.0.15 that `--version` prints; nothing where it cannot be started or prints none.
    static func of(_ path: String) -> String? {
        do {
            let text = try output(of: path)
            return text.split { !($0.isNumber || $0 == ".") }.map(String.init).first {
                $0.contains(".") && $0.first != "."
            }
        } catch {
            return nil
        }
    }

    private static func output(of path: String) throws -> String {
        let null = try File.open("/dev/null", .readWrite)
        let pipe = try Pipe.make().release()
        let reading = FileDescriptor(owning: pipe.reading)
        let writing = FileDescriptor(owning: pipe.writing)
        let plan = SpawnPlan(
            program: path, arguments: ["--version"],
            descriptors: [(0, null.rawValue), (1, writing.rawValue), (2, null.rawValue)])
        let process = try plan.spawn().releaseHandle()
        writing.close()
        let bytes = try File.readAll(reading.rawValue, limit: 64 << 10)
        _ = try ProcessHandle.reap(process.rawValue, wait: true)
        return String(decoding: bytes, as: UTF8.self)
    }
}
