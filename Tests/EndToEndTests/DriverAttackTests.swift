// Goal: a driver cannot read, write, reach or start what is not its own, and the attempt is seen by those who look.
// Method: the test driver tries, from inside its real sandbox.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension Service {
    struct DriverAttackTests {
        @Test(arguments: [
            ("read", "/etc/shadow"), ("write", "/usr/cam-was-here"), ("own-folder", "/driver/cam-was-here"),
            ("connect", "socket(AF_INET"), ("connect-local", "socket(AF_UNIX"), ("bomb", "clone("),
        ])
        func whatADriverMayNotDoIsStoppedAndShown(attack: String, shown: String) async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let report = try await client.say("test.attack", Text(attack))
            #expect(report.hasPrefix("\(attack): refused"), "\(report)")
            #expect(try !File.exists("/usr/cam-was-here"))
            let violations = try await eventually("the attempt's being shown", within: 10) {
                let violations = try await bed.driver("tester", client).violations
                return violations.contains { $0.string.contains(shown) } ? violations : nil
            }
            let camctl = try await bed.camd.run("camctl", ["drivers", "tester"])
            #expect(camctl.standardOutput.contains(shown), "\(violations)\n\(camctl.standardOutput)")
            #expect(bed.camd.standardError.contains("event=sandbox_stopped"))
            #expect(try await client.say("test.echo", "alive") == "alive")
        }

        @Test func whatWasReallyAppliedIsReported() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let report = try #require(try await bed.driver("tester", client).sandbox)
            let applied = Set(report.layers.filter(\.applied).map(\.name))
            #expect(report.level == "runtime")
            #expect(applied.isSuperset(of: ["no_new_privs", "seccomp", "rlimits"]), "\(report.layers)")
        }
    }
}
