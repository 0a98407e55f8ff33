// What is refused, and that each refusal says what was wrong, where, and what to write instead.

import Configuration
import Fixtures
import Foundation
import Linux
import Testing

@Suite struct ConfigurationErrorTests {
    @Test func anUnknownKeyNamesTheNearestKnownOneAndThePlace() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("{\n  limits: {\n    brust: 5,\n  },\n}", to: "camd.json5")
        #expect(
            problems(plainSources(file: file)) == [
                "\(file):3:5: there is no setting 'limits.brust'; did you mean 'limits.burst'?"
            ])
        #expect(
            problems(plainSources(flags: [.set("quota=1")])) == [
                "--set: there is no setting 'quota'; 'camctl config show' lists them"
            ])
    }

    @Test(
        arguments: [
            ("{limits: {burst: 0}}", "limits.burst is 0; expected a whole number from 1 to 10000000 (calls)"),
            ("{limits: {burst: '5'}}", "limits.burst is '5'; expected a whole number from 1 to 10000000 (calls)"),
            ("{limits: {burst: 1.5}}", "limits.burst is 1.5; expected a whole number from 1 to 10000000 (calls)"),
            ("{limits: {frame_mib: 17}}", "limits.frame_mib is 17; expected a whole number from 1 to 16 (MiB)"),
            ("{log: {level: 'loud'}}", "log.level is 'loud'; expected one of debug, info, warning, error"),
            ("{socket: {mode: 600}}", "socket.mode is 600; expected one of 0600, 0660, 0666"),
            ("{memory: {allow_plaintext: 1}}", "memory.allow_plaintext is 1; expected true or false"),
            ("{state: {dir: null}}", "state.dir is null; expected a path"),
            ("{state: {dir: ''}}", "state.dir is ''; expected a path"),
            ("{memory: {url: 'http://x'}}", "memory.url: http:// is not known; use unix:// or redis://"),
        ])
    func aWrongValueNamesKeyValueAndWhatIsExpected(text: String, expected: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(text, to: "camd.json5")
        let found = problems(plainSources(file: file))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("\(file):1:") == true)
        #expect(found.first?.contains(expected) == true, "\(found)")
    }

    @Test func environmentAndFlagsAreNamedAsTheOrigin() {
        #expect(
            problems(plainSources(["CAM_LIMITS_BURST": "many"])) == [
                "CAM_LIMITS_BURST: limits.burst is 'many'; expected a whole number from 1 to 10000000 (calls)"
            ])
        #expect(
            problems(plainSources(flags: [.set("sandbox.require=seccomp,chroot")])).first?.hasPrefix(
                "--set: sandbox.require is 'seccomp,chroot'; expected a list of any of") == true)
        #expect(problems(plainSources(flags: [.set("limits.burst")])) == ["--set limits.burst: expected key=value"])
    }

    @Test func allProblemsAreReportedAtOnce() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("{ a: 1, log: { level: 'loud' } }", to: "camd.json5")
        #expect(problems(plainSources(["CAM_LIMITS_BURST": "x"], file: file, flags: [.set("b=1")])).count == 4)
    }

    @Test func aFileThatIsNamedMustExist() {
        #expect(
            problems(plainSources(file: "/nonexistent/camd.json5")) == [
                "/nonexistent/camd.json5: cannot be read: there is no such file"
            ])
        #expect(problems(plainSources(["CAM_CONFIG": "/nonexistent/camd.json5"])).count == 1)
    }

    @Test func aFileThatEverybodyMayWriteIsNotUsed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("{}", to: "camd.json5", mode: 0o606)
        #expect(
            problems(plainSources(file: file)) == [
                "\(file): not used, because everybody may write to it; chmod o-w mends that"
            ])
    }

    @Test(.enabled(if: ThisProcess.userID == 0, "only root can give a file away"))
    func aFileOfSomebodyElseIsNotUsed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("{}", to: "camd.json5")
        try FileManager.default.setAttributes([.ownerAccountID: 12_345], ofItemAtPath: file)
        #expect(problems(plainSources(file: file)).first?.contains("it belongs to user 12345") == true)
    }

    @Test func settingsThatContradictEachOtherAreRefused() {
        func first(_ texts: String...) -> String? {
            problems(plainSources(flags: texts.map { .set($0) })).first
        }
        #expect(first("socket.mode=0660")?.contains("socket.group does not say which group") == true)
        #expect(first("socket.mode=0660", "socket.group=cam") == nil)
        #expect(first("socket.group=cam")?.contains("has no effect with socket.mode 0600") == true)
        #expect(first("socket.admin=/run/user/1000/cam/cam.sock")?.contains("that is socket.agent too") == true)
        #expect(first("memory.url=redis://db.example:6379")?.contains("is not this machine") == true)
        #expect(first("memory.url=redis://db.example", "memory.allow_plaintext=true") == nil)
        #expect(first("memory.url=redis://127.0.0.1") == nil)
        #expect(
            first("scheduler.weights.cost=0", "scheduler.weights.quality=0", "scheduler.weights.performance=0")
                != nil)
        #expect(first("limits.connections=5")?.contains("limits.connections is 5, which is less") == true)
    }

    @Test func withNoHomeThereIsNoDefaultStateFolder() {
        #expect(
            problems(plainSources(["HOME": ""])) == [
                "state.dir has no default here, because neither XDG_STATE_HOME nor HOME is set; set it"
            ])
    }

    @Test func aPasswordIsNeverShown() throws {
        let url = "redis://me:s3cret@db.example:6379"
        let found = problems(plainSources(["CAM_MEMORY_URL": url]))
        #expect(found.count == 1)
        #expect(found.allSatisfy { !$0.contains("s3cret") })
        #expect(
            !problems(plainSources(["CAM_MEMORY_URL": "redis://me:s3cret@db.example:x"])).joined().contains("s3cret"))
        let configuration = try Configuration.load(
            plainSources(["CAM_MEMORY_URL": url], flags: [.set("memory.allow_plaintext=true")]))
        #expect(configuration.entry(key: "memory.url")?.shownValue == "redis://…@db.example:6379")
    }
}
