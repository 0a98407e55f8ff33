// Goal: what camd knows of a machine is what the launcher found there, and of a driver's attempts a bounded number is kept.
// Method: the real launcher's probe, and values.

import DriverSupervisor
import Foundation
import Linux
import ProtobufWire
import Sandbox
import Testing

@Suite struct CapabilitiesTests {
    @Test(.enabled(if: Workshop.isPossible, "needs cc")) func theProbeTellsOfEveryLayer() throws {
        let capabilities = try SandboxCapabilities.probe(launcher: try Workshop.ready().launcher)
        #expect(capabilities.problem == nil)
        #expect(
            capabilities.items.map(\.name) == [
                "no_new_privs", "user_ns", "mount_ns", "pid_ns", "net_ns", "ipc_ns", "uts_ns", "landlock", "seccomp",
                "seccomp_notify",
            ])
        #expect(capabilities.allows("seccomp"))
    }

    @Test func withoutALauncherItIsSaidWhatToDo() throws {
        let capabilities = try SandboxCapabilities.probe(launcher: "/nowhere/cam-sandbox")
        #expect(capabilities.problem?.contains("/nowhere/cam-sandbox is not there") == true)
        #expect(capabilities.problem?.contains("Deploy/build.sh") == true)
        #expect(capabilities.namespaces.isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root")) func groupsOfAProcessThatHasGoneAreRemoved() throws {
        let groups = try ControlGroups.probe()
        guard groups.isUsable else { return }
        // No process has the largest pid: the kernel's own bound is lower.
        let name = "cam.test.2147483647.1"
        let group = try #require(try groups.make(name: name, memoryBytes: 1 << 20, processesMax: 4))
        #expect(group.folders.allSatisfy { File.isExecutable($0) })
        groups.removeLeftovers(prefix: "cam.test.")
        for folder in group.folders { #expect(try !File.exists(folder)) }
    }
}

@Suite struct BoundsTests {
    @Test func anAttemptIsKeptOnceWithItsNumber() {
        var log = AttemptLog()
        let news = [log.add("one"), log.add("one"), log.add("two")]
        #expect(news == [true, false, true])
        #expect(log.lines == ["one (2 times)", "two"])
        for number in 0..<1000 { log.add("attempt \(number)") }
        #expect(log.lines.count == AttemptLog.attemptsMax)
        #expect(log.lines.last == "attempt 999")
    }
}
