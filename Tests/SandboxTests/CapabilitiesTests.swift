// Goal: what the doctor says of a machine is what the launcher found there, and what a driver writes is kept within bounds.
// Method: the real launcher's probe, and values.

import DriverSupervisor
import Foundation
import Linux
import ProtobufWire
import Sandbox
import Testing

@Suite struct CapabilitiesTests {
    @Test(.enabled(if: Workshop.isPossible, "needs cc")) func theProbeTellsOfEveryLayer() throws {
        let capabilities = SandboxCapabilities.probe(launcher: try Workshop.ready().launcher)
        #expect(capabilities.problem == nil)
        #expect(
            capabilities.items.map(\.name) == [
                "no_new_privs", "user_ns", "mount_ns", "pid_ns", "net_ns", "ipc_ns", "uts_ns", "landlock", "seccomp",
                "seccomp_notify",
            ])
        #expect(capabilities.allows("seccomp"))
        #expect(capabilities.lines.first?.name == "launcher")
        #expect(capabilities.lines.last?.name == "drivers")
        #expect(capabilities.lines.allSatisfy { !$0.detail.isEmpty || $0.allowed })
    }

    @Test func withoutALauncherItIsSaidWhatToDo() {
        let capabilities = SandboxCapabilities.probe(launcher: "/nowhere/cam-sandbox")
        #expect(capabilities.problem?.contains("/nowhere/cam-sandbox is not there") == true)
        #expect(capabilities.problem?.contains("Deploy/build.sh") == true)
        #expect(capabilities.lines.last?.allowed == false)
        #expect(capabilities.namespaces.isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root")) func groupsOfAProcessThatHasGoneAreRemoved() throws {
        let groups = ControlGroups.probe()
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
    private func ring(_ text: String) -> StandardErrorRing {
        var ring = StandardErrorRing()
        Array(text.utf8).withUnsafeBytes { ring.append($0) }
        return ring
    }

    @Test func theLastLinesAreKeptAlsoAnUnfinishedOne() {
        let text = (1...100).map { "line \($0)\n" }.joined() + "rest"
        #expect(ring(text).lines.count == StandardErrorRing.linesMax)
        #expect(ring(text).lines.first == "line 52")
        #expect(ring(text).lines.last == "rest")
        #expect(ring(text).lineCount == 100)
        #expect(ring("").lines == [])
    }

    @Test func aLineWithoutEndIsCutAndNothingActsOnATerminal() throws {
        let long = try #require(ring(String(repeating: "a", count: 1 << 20) + "\nnext\n").lines.first)
        #expect(long.utf8Count <= StandardErrorRing.lineBytesMax + 4)
        #expect(ring("\u{1B}[31mred\u{7F}\n").lines == ["\\u{1B}[31mred\\u{7F}"])
        var broken = StandardErrorRing()
        ([0xC3, 0x28, 0x0A] as [UInt8]).withUnsafeBytes { broken.append($0) }
        #expect(broken.lines.count == 1)
    }

    @Test func anAttemptIsKeptOnceWithItsNumber() {
        var log = AttemptLog()
        let news = [log.add("one"), log.add("one"), log.add("two")]
        #expect(news == [true, false, true])
        #expect(log.lines == ["one (2 times)", "two"])
        #expect(log.total == 3)
        for number in 0..<1000 { log.add("attempt \(number)") }
        #expect(log.lines.count == AttemptLog.attemptsMax)
        #expect(log.lines.last == "attempt 999")
        #expect(log.total == 1003)
    }
}
