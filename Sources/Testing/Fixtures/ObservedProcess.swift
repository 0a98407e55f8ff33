// Processes that a test did not start itself but wants to know about: drivers, redis-server, camd's memory.

public import Linux

/// One process of this machine, known by pid and start time, so that a pid that is used again deceives nobody.
public struct ObservedProcess: Hashable, Sendable, CustomStringConvertible {
    public let pid: Int32
    public let startTime: UInt64
    public let parent: Int32
    /// At most 15 bytes, as the kernel keeps it.
    public let name: String

    /// Nil where there is no such process, or only its remains that nobody has reaped.
    public init?(pid: Int32) {
        guard let text = Self.text("/proc/\(pid)/stat"), let open = text.firstIndex(of: "("),
            let close = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let parent = Int32(fields[1]),
            let startTime = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        self.parent = parent
        self.startTime = startTime
        name = String(text[text.index(after: open)..<close])
    }

    public var description: String { "\(name) (\(pid))" }

    public var isRunning: Bool { ObservedProcess(pid: pid)?.startTime == startTime }

    /// Every process that descends from `ancestor`, parents before their children.
    public static func descendants(of ancestor: Int32) throws(Errno) -> [ObservedProcess] {
        let all = try Directory.list("/proc").compactMap { Int32($0) }.compactMap { ObservedProcess(pid: $0) }
        var found: [ObservedProcess] = []
        var parents: Set<Int32> = [ancestor]
        while !parents.isEmpty {
            let children = all.filter { parents.contains($0.parent) }
            found += children
            parents = Set(children.map(\.pid))
        }
        return found
    }

    /// SIGKILL, where it still runs.
    public func kill() throws(Errno) {
        do {
            let handle = try ProcessHandle.open(pid: pid)
            guard isRunning else { return }
            try ProcessHandle.signal(handle.rawValue, .kill)
        } catch {
            if error != .ESRCH { throw error }
        }
    }

    /// Memory that it holds, in bytes: resident, and swapped out. 0 where it has ended.
    public var residentBytes: UInt64 {
        let lines = Self.text("/proc/\(pid)/status")?.split(separator: "\n") ?? []
        return lines.filter { $0.hasPrefix("VmRSS:") || $0.hasPrefix("VmSwap:") }.reduce(0) { sum, line in
            sum + (line.split(separator: " ").compactMap { UInt64($0) }.first ?? 0) * 1024
        }
    }

    private static func text(_ path: String) -> String? {
        do {
            return String(decoding: try File.readAll(path, limit: 64 << 10), as: UTF8.self)
        } catch {
            // It has ended.
            return nil
        }
    }
}
