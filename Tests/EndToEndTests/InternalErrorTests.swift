// Goal: an internal error shows its caller a status and a number to ask an administrator about, and nothing of the inside.
// Method: a driver that fails with its secrets in the message, a thousand times.

import ABI
import CAMClient
import Fixtures
import ProtobufWire
import Testing

extension Service {
    struct InternalErrorTests {
        private static let secrets = ["/var/lib/hidden/key.pem", "sk-7f3a91c2", "postgres://root:hunter2@db"]

        private func expectClean(_ error: CallError, _ status: Status) throws {
            let text = "\(error)"
            for secret in Self.secrets { #expect(!text.contains(secret), "\(status.name): \(text)") }
            for part in ["/home", "/tmp", "/root", ".swift", "0x"] {
                #expect(!text.contains(part), "\(status.name): \(text)")
            }
        }

        @Test func aThousandInternalErrorsShowNothingOfTheInside() async throws {
            let bed = try await TestBed.start(settings: "\"limits.calls_per_second\": 100000")
            let client = try await bed.agent()
            let inside = Self.secrets.joined(separator: " ")
            let kinds: [Status] = [.internalError, .unknown, .permissionDenied, .unavailable, .dataLoss]
            let errors = try await withThrowingTaskGroup(of: (Status, CallError).self) { group in
                for number in 0..<1000 {
                    let status = kinds[number % kinds.count]
                    if number >= 64, try await group.next() == nil { break }
                    group.addTask {
                        (
                            status,
                            try await refusal(status) {
                                _ = try await client.run("test.fail", "\(status.name) \(inside)")
                            }
                        )
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for (status, error) in errors { try expectClean(error, status) }
            try await expectTasksClean(client, inside)
            try await expectAnAdministratorCanOpen(errors.first { $0.0 == .internalError }?.1, bed, client)
        }

        private func expectTasksClean(_ client: CAMClient, _ inside: String) async throws {
            let tasks = try await client.commit(
                (0..<20).map { .test("t\($0)", "test.fail", "INTERNAL \(inside)") }, wait: true
            ).statuses
            for task in tasks {
                #expect(task.state == .failed)
                for secret in Self.secrets { #expect(!"\(task)".contains(secret), "\(task.reason)") }
            }
        }

        private func expectAnAdministratorCanOpen(_ error: CallError?, _ bed: TestBed, _ client: CAMClient) async throws
        {
            let error = try #require(error)
            #expect(!error.correlationID.isEmpty)
            let request = ExplainActionRequest(what: .correlationID(error.correlationID))
            let administrator = try await bed.camd.administrator()
            let explained = try await administrator.explainAction(request, timeout: .seconds(30))
            #expect(explained.text.string.contains("tester"), "\(explained.text)")
            _ = try await refusal(.permissionDenied) { _ = try await client.explainAction(request) }
        }

        /// What a driver says of its caller's input is for the caller, within bounds.
        @Test func whatADriverSaysOfTheInputReachesTheCaller() async throws {
            let bed = try await TestBed.start()
            let client = try await bed.agent()
            let error = try await refusal(.invalidArgument) {
                _ = try await client.run("test.fail", "INVALID_ARGUMENT the third word is unknown")
            }
            #expect(error.message.string.contains("the third word is unknown"))
        }
    }
}
