// Goal: camd's log is one structured line an event, whatever others put into it, and holds no secret.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

extension Service {
    struct LogTests {
        private static func isStructured(_ line: some StringProtocol) -> Bool {
            let start = /time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(debug|info|warning|error) event=[a-z_]+/
            let pair = /( [a-z_]+=([^ "=]+|"([^"\\]|\\.)*"))*/
            guard let match = Substring(line).prefixMatch(of: start) else { return false }
            return Substring(line)[match.range.upperBound...].wholeMatch(of: pair) != nil
        }

        private static let value: Text = "the-stored-value-8d1f"
        private static let input: Text = "the-input-of-a-thought-77ab"

        private func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }

        /// Everything that is worth a line: work, refusals, crashes, garbage, a lost store, an attack, a bad policy.
        private func makeTrouble(_ bed: TestBed) async throws -> CAMClient {
            let client = try await bed.agent("logged")
            try await client.store("c", "k", Self.value.bytes)
            _ = try await client.run("test.echo", Self.input)
            _ = try await refusal { _ = try await client.run("test.fail", "INTERNAL \(Self.input)") }
            _ = try await client.commit([.test("t", "test.crash", Self.input)], wait: true)
            _ = try await client.say("test.attack", "read")
            _ = try await refusal { _ = try await client.tune(.drain(TuneNothing())) }
            let camd = bed.camd
            try await onThread {
                let garbage = try camd.raw()
                try garbage.send(bytes: Array("GET / HTTP/1.1\r\nevent=fake level=error\r\n\r\n".utf8))
                _ = try garbage.framesUntilClosed()
                let forged = try camd.raw()
                try forged.request(
                    .registerAgent, id: 1,
                    RegisterAgentRequest(
                        name: "x\ntime=0 level=error event=forged \"", resumeToken: client.session.token.reversed()))
                _ = try forged.framesUntilClosed()
            }
            try bed.folder.file("policies/broken.rego", "package cam\n\nallow if { \"\u{1B}[31m\n")
            camd.signal(.hangUp)
            try bed.redis().kill()
            try await eventually("the trouble's being logged") {
                let log = camd.standardError
                return ["policy_refused", "redis_ended", "malformed", "sandbox_stopped", "driver"].allSatisfy {
                    log.contains("event=\($0)")
                }
            }
            return client
        }

        @Test func everyLineIsStructuredAndNoneHoldsASecret() async throws {
            let bed = try await TestBed.start(settings: "\"log.level\": \"debug\"")
            let driver = try #require(try bed.offspring().first { $0.name == "test-driver" })
            let environment = try File.readAll("/proc/\(driver.pid)/environ", limit: 64 << 10)
            let client = try await makeTrouble(bed)
            try await bed.camd.stop()
            let log = bed.camd.standardError
            #expect(log.hasSuffix("\n"))
            for line in log.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                #expect(Self.isStructured(line), "\(line)")
            }
            var secrets = [Self.value.string, Self.input.string, hexadecimal(client.session.token)]
            let variables = environment.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let secret = try #require(variables.first { $0.hasPrefix("CAM_DRIVER_SECRET=") })
            secrets.append(String(secret.dropFirst("CAM_DRIVER_SECRET=".count)))
            for name in try Directory.list("\(bed.camd.stateFolder)/keys") {
                let key = try File.readAll("\(bed.camd.stateFolder)/keys/\(name)", limit: 4096)
                secrets += [hexadecimal(key), String(decoding: key, as: UTF8.self).trimmed]
            }
            for secret in secrets where secret.utf8.count >= 8 {
                #expect(!log.lowercased().contains(secret.lowercased()), "a secret is in the log: \(secret)")
            }
        }

        /// The files that hold keys and the journal are their owner's alone.
        @Test func stateIsClosedToOthers() async throws {
            let bed = try await TestBed.start(drivers: [])
            _ = try await bed.agent().store("c", "k", Self.value.bytes)
            let state = bed.camd.stateFolder
            for folder in [state, "\(state)/keys", "\(state)/journal"] {
                #expect(try File.status(folder).mode & 0o077 == 0, "\(folder)")
            }
            for name in try Directory.list("\(state)/keys") {
                #expect(try File.status("\(state)/keys/\(name)").mode & 0o777 == 0o600, "\(name)")
            }
            #expect(try File.status(bed.camd.adminSocketPath).mode & 0o777 == 0o600)
            #expect(try !holds(Self.value.bytes, below: state), "a stored value lies in the state folder in the clear")
        }

        private func holds(_ needle: [UInt8], below path: String) throws -> Bool {
            switch try File.status(path, followingLinks: false).kind {
            case .directory: return try Directory.list(path).contains { try holds(needle, below: "\(path)/\($0)") }
            case .regular:
                let content = String(decoding: try File.readAll(path, limit: 1 << 30), as: UTF8.self)
                return content.contains(String(decoding: needle, as: UTF8.self))
            case .socket, .other: return false
            }
        }
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()) }
}
