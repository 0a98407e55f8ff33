// What a driver's driver.json5 says, as plain values. Reading the file is the shell's business; judging it is done here.

public import ABI
public import ProtobufWire

/// A driver as its author describes it. Every bound is checked by `problem()`, so nobody else has to.
public struct DriverManifest: Sendable, Equatable {
    /// How much of the kernel the driver may talk to; each level has one seccomp profile.
    public enum Level: String, Sendable, Hashable, CaseIterable {
        /// Descriptors that are already open, one thread, no paths: for statically linked programs.
        case pure
        /// A dynamic loader, threads and files inside the sandbox's own tree; no sockets, no processes, no exec.
        case runtime
    }

    /// Letters, digits and `._-`, 1 to 128 bytes.
    public var name: Text
    public var version: Text = "0"
    /// A file name in the manifest's own folder; no path.
    public var program: Text
    public var arguments: [Text] = []
    public var capabilities: [Capability] = []
    /// Upcalls that one instance takes at once, 1 to 1024.
    public var slots: UInt32 = 1
    public var level = Level.runtime
    /// The least that is accepted: sandbox layers that must be applied, or the driver is not started.
    public var require = DriverManifest.requiredByDefault
    /// Memory of the whole instance.
    public var memoryBytes: UInt64 = 256 << 20
    /// Processes and threads of the whole instance.
    public var processesMax: UInt32 = 64
    /// Size of its private /tmp, and of any file it writes.
    public var temporaryBytes: UInt64 = 16 << 20
    /// CPU time after which the instance is killed; nil is without end.
    public var cpuSeconds: UInt32?
    /// From spawn to a registered driver.
    public var startTimeoutMilliseconds: UInt32 = 10_000
    /// The longest an upcall may take when its caller names no deadline.
    public var callTimeoutMilliseconds: UInt32 = 30_000
    /// Stop an instance that had no upcall for so long; nil keeps it.
    public var idleStopMilliseconds: UInt32?
    public var instances: UInt32 = 1

    /// Everything else as where a manifest says nothing.
    public init(name: Text, program: Text) {
        self.name = name
        self.program = program
    }

    /// What a driver gets no less than when its manifest does not say: these hold on every supported machine.
    public static let requiredByDefault: [Text] = ["no_new_privs", "seccomp", "rlimits"]
}

/// Why a manifest cannot be used: the field at fault and what was expected there.
public struct ManifestProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public var field: Text
    public var expected: Text

    public var description: String { "driver.json5: \(field): expected \(expected)" }
}

extension DriverManifest {
    /// The first thing that is wrong with the manifest, or nil.
    public func problem() -> ManifestProblem? {
        if !Self.isName(name) {
            return ManifestProblem(field: "name", expected: "1 to 128 letters, digits, '.', '_' or '-'")
        }
        if !Self.isName(program) || program == "." || program == ".." {
            return ManifestProblem(field: "program", expected: "the name of a file in the manifest's folder")
        }
        if arguments.count > 64 || arguments.contains(where: { $0.utf8Count > 4096 || $0.string.utf8.contains(0) }) {
            return ManifestProblem(field: "arguments", expected: "at most 64 of at most 4096 bytes, without NUL")
        }
        if capabilities.isEmpty || capabilities.count > Limits.capabilitiesPerExecutorMax {
            return ManifestProblem(
                field: "capabilities", expected: "1 to \(Limits.capabilitiesPerExecutorMax) capabilities")
        }
        for layer in require where !SandboxLayer.names.contains(layer) {
            return ManifestProblem(
                field: "require",
                expected: "one of \(SandboxLayer.names.map(\.string).joined(separator: ", ")); '\(layer)' is none")
        }
        return problemOfBounds()
    }

    private func problemOfBounds() -> ManifestProblem? {
        func outside(_ value: UInt64, _ range: ClosedRange<UInt64>, _ field: Text) -> ManifestProblem? {
            range.contains(value)
                ? nil : ManifestProblem(field: field, expected: "\(range.lowerBound) to \(range.upperBound)")
        }
        let day: UInt64 = 24 * 3_600 * 1_000
        return outside(UInt64(slots), 1...1024, "slots")
            ?? outside(memoryBytes, (1 << 20)...(1 << 40), "memoryBytes")
            ?? outside(UInt64(processesMax), 1...4096, "processesMax")
            ?? outside(temporaryBytes, (64 << 10)...(1 << 36), "temporaryBytes")
            ?? outside(UInt64(cpuSeconds ?? 1), 1...(1 << 31), "cpuSeconds")
            ?? outside(UInt64(startTimeoutMilliseconds), 10...day, "startTimeoutMs")
            ?? outside(UInt64(callTimeoutMilliseconds), 1...day, "callTimeoutMs")
            ?? outside(UInt64(idleStopMilliseconds ?? 1), 1...day, "idleStopMs")
            ?? outside(UInt64(instances), 1...256, "instances")
    }

    private static func isName(_ text: Text) -> Bool {
        let bytes = text.string.utf8
        return (1...Limits.nameBytesMax).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
