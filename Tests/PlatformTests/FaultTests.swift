// Errors that only a bug of ours can cause end the process at once, with the state that shows the bug.

import Linux
import Reactor
import Testing

@Suite("Platform: faults trap")
struct FaultTests {
    @Test("a descriptor that is closed twice ends the process before it can hit somebody else's")
    func closedTwice() async {
        await #expect(processExitsWith: .failure) { FileDescriptor.close(4000) }
    }

    @Test("a call on a number that is not open is a fault, not a condition")
    func notOpen() async {
        await #expect(processExitsWith: .failure) { _ = try File.status(4000) }
    }

    @Test("a registration that has ended cannot be used again")
    func registrationUsedTwice() async {
        await #expect(processExitsWith: .failure) {
            let reactor = try Reactor()
            let counter = try EventCounter.make()
            let registration = try reactor.register(counter.rawValue, .readable) { _ in }
            reactor.deregister(registration)
            reactor.deregister(registration)
        }
    }

    @Test("a handler that claims more bytes than it was given is a fault")
    func consumedTooMuch() async {
        await #expect(processExitsWith: .failure) {
            let reactor = try Reactor()
            let pair = try Socket.pair(nonBlocking: true).release()
            let connection = try StreamConnection(FileDescriptor(owning: pair.first), on: reactor)
            connection.onBytes = { $0.count + 1 }
            try File.writeAll(pair.second, [1])
            try reactor.runOnce(timeoutMilliseconds: 1000)
        }
    }
}
