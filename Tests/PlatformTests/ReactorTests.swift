// The loop: events, generations, timers, wake-ups, the order of a turn.

import Foundation
import Linux
import Reactor
import Testing

@Suite("Reactor")
struct ReactorTests {
    @Test("a late event for a descriptor number that was reused in the same turn is dropped")
    func staleEvent() throws {
        let reactor = try Reactor()
        let counters = [Owned(try EventCounter.make()), Owned(try EventCounter.make())]
        var registrations: [Registration] = []
        var deliveries: [String] = []
        var replaced = false
        // Both are ready in one wait. Whichever is told first takes the other's registration away and watches the same
        // number again, as if it had been closed and reused; the event that was fetched for the old one is late then.
        for index in 0..<2 {
            let other = 1 - index
            registrations.append(
                try reactor.register(counters[index].fd, .readable) { _ in
                    deliveries.append("old \(index)")
                    do {
                        for counter in counters { try EventCounter.take(counter.fd) }
                        if replaced { return }
                        replaced = true
                        reactor.deregister(registrations[other])
                        registrations[other] = try reactor.register(counters[other].fd, .readable) { [counters] _ in
                            deliveries.append("new \(other)")
                            do { try EventCounter.take(counters[other].fd) } catch { Issue.record("\(error)") }
                        }
                    } catch {
                        Issue.record("\(error)")
                    }
                })
        }
        for counter in counters { try EventCounter.post(counter.fd) }
        try reactor.runOnce(timeoutMilliseconds: 1000)
        #expect(deliveries.count == 1 && deliveries[0].hasPrefix("old"), "\(deliveries)")
        // The new registration works like any other.
        try EventCounter.post(counters[0].fd)
        try reactor.runOnce(timeoutMilliseconds: 1000)
        try EventCounter.post(counters[1].fd)
        try reactor.turn(until: { deliveries.count == 3 })
        #expect(deliveries.contains { $0.hasPrefix("new") }, "\(deliveries)")
    }

    @Test("registration, change and end reach epoll; the same number can be watched again")
    func interests() throws {
        let reactor = try Reactor()
        let pair = try Socket.pair(nonBlocking: true).release()
        let (one, other) = (Owned(FileDescriptor(owning: pair.first)), Owned(FileDescriptor(owning: pair.second)))
        var seen: [String] = []
        let first = try reactor.register(one.fd, .writable) { seen.append($0.writable ? "w" : "?") }
        try reactor.runOnce(timeoutMilliseconds: 1000)
        try reactor.modify(first, .readable)
        try reactor.runOnce(timeoutMilliseconds: 0)
        #expect(seen == ["w"])
        #expect(try ([1] as [UInt8]).withUnsafeBytes { try Socket.send(other.fd, $0) } != nil)
        try reactor.runOnce(timeoutMilliseconds: 1000)
        #expect(seen.count == 2)
        reactor.deregister(first)
        try reactor.runOnce(timeoutMilliseconds: 0)
        #expect(seen.count == 2)
        let second = try reactor.register(one.fd, .readable) { _ in seen.append("again") }
        #expect(second != first)
        try reactor.runOnce(timeoutMilliseconds: 1000)
        #expect(seen.last == "again")
        #expect(reactor.registrationCount == 1)
    }

    @Test("timers run in order of time, then of scheduling, never early, and not when cancelled")
    func timers() throws {
        let reactor = try Reactor()
        let start = reactor.now
        var order: [Int] = []
        reactor.schedule(at: start + 8_000_000) { order.append(4) }
        reactor.schedule(at: start + 3_000_000) { order.append(2) }
        let cancelled = reactor.schedule(at: start + 4_000_000) { order.append(99) }
        reactor.schedule(at: start + 3_000_000) { order.append(3) }
        reactor.schedule(at: 0) { order.append(1) }
        #expect(reactor.cancel(cancelled))
        #expect(!reactor.cancel(cancelled))
        try reactor.turn(until: { order.count == 4 })
        #expect(order == [1, 2, 3, 4])
        #expect(reactor.now >= start + 8_000_000)
        #expect(reactor.timerCount == 0)
    }

    @Test("ten thousand timers with random cancels run exactly once each, in order")
    func manyTimers() throws {
        let reactor = try Reactor()
        let base = reactor.now
        var ran: [(deadline: UInt64, index: Int)] = []
        var tokens: [(token: TimerToken, index: Int)] = []
        for index in 0..<10_000 {
            let deadline = base - 1_000_000 + UInt64.random(in: 0..<1000)
            tokens.append((reactor.schedule(at: deadline) { ran.append((deadline, index)) }, index))
        }
        let dropped = Set(
            tokens.shuffled().prefix(5_000).map { entry in
                #expect(reactor.cancel(entry.token))
                return entry.index
            })
        // Slots are used again under another generation.
        let late = reactor.schedule(at: base - 1) { ran.append((base - 1, 10_000)) }
        #expect(tokens.allSatisfy { $0.token != late })
        try reactor.runOnce(timeoutMilliseconds: 0)
        #expect(ran.count == 5_001)
        #expect(Set(ran.map(\.index)).isDisjoint(with: dropped))
        for (one, next) in zip(ran, ran.dropFirst()) {
            #expect(one.deadline < next.deadline || one.deadline == next.deadline && one.index < next.index)
        }
    }

    @Test("a timer that schedules itself for now lets events through between its runs")
    func selfScheduling() throws {
        let reactor = try Reactor()
        let counter = Owned(try EventCounter.make())
        var runs = 0
        var events = 0
        func again() {
            runs += 1
            if runs < 1000 { reactor.schedule(at: 0, again) }
        }
        reactor.schedule(at: 0, again)
        _ = try reactor.register(counter.fd, .readable) { _ in events += 1 }
        try EventCounter.post(counter.fd)
        try reactor.runOnce(timeoutMilliseconds: 0)
        #expect(runs == 1 && events == 1)
    }

    @Test("posts from another thread wake a waiting reactor, and none is lost")
    func wakeUp() throws {
        let reactor = try Reactor()
        let mailbox = BlockingQueue<Int>()
        var got: [Int] = []
        let wakeUp = try reactor.wakeUp { got += mailbox.drain() }
        let thread = try WorkerThread(name: "poster") {
            for number in 0..<20_000 {
                mailbox.put(number)
                wakeUp.post()
                if number % 1000 == 0 { Clock.sleep(nanoseconds: 200_000) }
            }
        }
        try reactor.turn(until: { got.count == 20_000 })
        thread.join()
        #expect(got == Array(0..<20_000))
    }

    @Test("a turn runs timers, events, what was put off, then the end actions in order")
    func orderOfATurn() throws {
        let reactor = try Reactor()
        let counter = Owned(try EventCounter.make())
        var log: [String] = []
        reactor.onTurnEnd { log.append("end 1") }
        reactor.onTurnEnd { log.append("end 2") }
        _ = try reactor.register(counter.fd, .readable) { _ in
            log.append("event")
            reactor.nextTurn { log.append("put off") }
        }
        reactor.schedule(at: 0) { log.append("timer") }
        try EventCounter.post(counter.fd)
        try reactor.runOnce(timeoutMilliseconds: 0)
        #expect(log == ["timer", "event", "put off", "end 1", "end 2"])
    }

    @Test("stop ends run after the present turn")
    func stop() throws {
        let reactor = try Reactor()
        var turns = 0
        reactor.onTurnEnd { turns += 1 }
        reactor.schedule(after: 1_000_000) { reactor.stop() }
        try reactor.run()
        #expect(turns >= 1)
    }

    @Test("blocked signals arrive as data")
    func signals() throws {
        let got = BlockingQueue<Int32>()
        // A worker thread starts with all signals blocked, and a raised signal is the raising thread's own.
        let thread = try WorkerThread(name: "signals") {
            do {
                let descriptor = try Signals.descriptor(for: [.hangUp, .terminate])
                got.put(try Signals.take(descriptor.rawValue)?.signal.rawValue ?? 0)
                pthread_kill(pthread_self(), SIGTERM)
                got.put(try Signals.take(descriptor.rawValue)?.signal.rawValue ?? 0)
            } catch {
                got.put(-1)
            }
        }
        thread.join()
        #expect(got.drain() == [0, SIGTERM])
    }
}
