// Goal: what camd answers to a reported call follows from its number alone, and its description tells people what was tried
// without becoming a way into their terminals. Method: judged by value, with memory that the test makes up.

import Linux
import Sandbox
import Testing

@Suite struct JudgeTests {
    private static let tree = SandboxTree(readable: ["/usr", "/driver"], writable: ["/tmp"])
    private static let judge = SystemCallJudge(level: .runtime, tree: tree)

    /// Numbers of x86-64 and of arm64.
    #if arch(x86_64)
    private static let (openat, socket, ptrace, connect, mkdirat): (Int32, Int32, Int32, Int32, Int32) =
        (257, 41, 101, 42, 258)
    #else
    private static let (openat, socket, ptrace, connect, mkdirat): (Int32, Int32, Int32, Int32, Int32) =
        (56, 198, 117, 203, 34)
    #endif

    private func judge(_ number: Int32, _ arguments: [UInt64], memory: [UInt8] = []) -> Judgement {
        let padded = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
        return Self.judge.judge(NotifiedCall(id: 1, threadID: 1, number: number, arguments: padded)) { _, limit in
            Array(memory.prefix(limit))
        }
    }

    private func open(_ path: String, flags: UInt64 = 0) -> Judgement {
        judge(Self.openat, [0, 1, flags], memory: Array(path.utf8) + [0])
    }

    @Test(arguments: [
        "/usr/lib/x.so", "/driver/model", "/tmp/a", "a", "./a/../b", "/etc/localtime", "/proc/self/maps",
        "/proc/17/stat",
        "/usr/../usr/b",
        "//usr//lib",
    ])
    func openingInsideIsNotWorthAWord(_ path: String) {
        #expect(open(path).verdict == .proceed)
        #expect(open(path).attempt == nil)
    }

    @Test(arguments: [
        "/etc/shadow", "/", "/usr/../etc/shadow", "../etc/shadow", "../../../root", "/userland", "/driverx",
        "/proc/1/mem", "/proc/1/stat", "/proc/17/environ",
        "/tmp/../home",
    ])
    func openingOutsideIsTold(_ path: String) {
        #expect(open(path).verdict == .proceed, "the tree and Landlock decide, not the text of a path")
        #expect(open(path).attempt == "openat(\"\(path)\"): outside its tree, refused")
    }

    @Test func writingWhatMayOnlyBeReadIsTold() {
        #expect(open("/usr/lib/x", flags: 1).attempt == "openat(\"/usr/lib/x\"): outside what it may write, refused")
        #expect(open("/usr/lib/x", flags: 0o100).attempt != nil)
        #expect(open("/tmp/x", flags: 0o102).attempt == nil)
        #expect(judge(Self.mkdirat, [0, 1], memory: Array("/driver/a\0".utf8)).attempt != nil)
    }

    @Test func callsOutsideTheListsAreRefusedAndThoseNeverAllowedKill() {
        let socket = judge(Self.socket, [2, 1])
        #expect(
            socket
                == Judgement(verdict: .refuse(.EPERM), call: "socket", attempt: "socket(AF_INET, SOCK_STREAM): refused")
        )
        #expect(judge(Self.ptrace, []).verdict == .kill)
        let unknown = judge(9999, [])
        #expect(unknown.verdict == .refuse(.ENOSYS))
        #expect(unknown.attempt == "system call 9999: unknown here, refused")
        #expect(judge(-1, []).verdict == .refuse(.ENOSYS))
    }

    @Test(
        arguments: [
            ([2, 0, 0, 80, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], "connect(10.0.0.1:80): refused"),
            ([1, 0] + Array("/run/x\0".utf8), "connect(/run/x): refused"),
            ([1, 0, 0] + Array("bus".utf8), "connect(@bus): refused"), ([], "connect(no address): refused"),
            (
                [10, 0, 1, 187] + [UInt8](repeating: 0, count: 19) + [1] + [0, 0, 0, 0],
                "connect([0:0:0:0:0:0:0:1]:443): refused"
            ),
            ([9, 9, 9], "connect(address family 2313): refused"),
        ] as [([UInt8], String)])
    func addressesAreWrittenOut(_ bytes: [UInt8], _ expected: String) {
        #expect(judge(Self.connect, [3, 1, UInt64(bytes.count)], memory: bytes).attempt == expected)
    }

    @Test func whatADriverWritesCannotActOnATerminal() throws {
        let attempt = try #require(open("/etc/\u{1B}[2J\u{202E}\n\"x\\").attempt)
        #expect(attempt.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F })
        let long = try #require(open("/etc/" + String(repeating: "a", count: 5000)).attempt)
        #expect(long.utf8.count < 300)
        #expect(open(String(decoding: [0x2F, 0xFF, 0xFE] as [UInt8], as: UTF8.self)).attempt != nil)
    }
}

@Suite struct ProfileTests {
    @Test(arguments: SandboxLevel.allCases, [true, false])
    func aProfileCompilesToAProgramThatFitsTheLauncher(_ level: SandboxLevel, _ reporting: Bool) throws {
        let profile = try SeccompProfile(level: level, reporting: reporting, execDescriptor: 1000)
        #expect(profile.program.count % 8 == 0)
        #expect((100...32_768).contains(profile.program.count))
        #expect(try SeccompProfile(level: level, reporting: reporting, execDescriptor: 1000) == profile)
        #expect(try SeccompProfile(level: level, reporting: reporting, execDescriptor: 999) != profile)
    }

    @Test func theOneShotDescriptorLiesBelowTheHardLimit() {
        #expect(SandboxPlan.execDescriptor(hardLimitOfOpenFiles: 1 << 20) == 1000)
        #expect(SandboxPlan.execDescriptor(hardLimitOfOpenFiles: 512) == 510)
    }
}
