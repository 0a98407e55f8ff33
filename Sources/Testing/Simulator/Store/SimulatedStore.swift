// The real engine of memory contexts over a Redis that is not there and a link to it that misbehaves.

package import ABI
import Containers
package import Contexts
package import Crypto
package import ProtobufWire

/// What the kernel hears of its store.
package enum StoreNews: Sendable, Equatable {
    case result(UInt64, ContextResult)
    case state(available: Bool, Text)
}

/// How the link and the server misbehave when nobody tells them to: once in so many times, 0 for never.
package struct StoreMisbehaviour: Sendable {
    /// A command is done, its answer is lost on the way, and something in between gives it again and passes that answer on.
    package var repeatsOneIn = 50
    /// A command that was done and answered comes a second time much later.
    package var echoesOneIn = 50
    /// The server has forgotten the script.
    package var forgetsOneIn = 100
    package var refusesOneIn = 200
    package var isFullOneIn = 200

    package init() {}

    /// Nothing of all this.
    package static let none = StoreMisbehaviour(
        repeatsOneIn: 0, echoesOneIn: 0, forgetsOneIn: 0, refusesOneIn: 0, isFullOneIn: 0)

    private init(repeatsOneIn: Int, echoesOneIn: Int, forgetsOneIn: Int, refusesOneIn: Int, isFullOneIn: Int) {
        self.repeatsOneIn = repeatsOneIn
        self.echoesOneIn = echoesOneIn
        self.forgetsOneIn = forgetsOneIn
        self.refusesOneIn = refusesOneIn
        self.isFullOneIn = isFullOneIn
    }
}

/// The store of memory contexts as the kernel sees it: `ContextEngine`, a server in memory, and what lies between.
///
/// Nothing moves by itself: `execute` lets the server take a command, `deliver` lets a reply arrive. `ledger` watches from
/// outside whether all results can be true.
package final class SimulatedStore {
    private let key: SecretKey
    private let misbehaviour: StoreMisbehaviour
    private let nonces: Nonces
    private var random: SimulatedRandom
    private var engine: ContextEngine
    private var data = StoreData()
    private var copy = StoreData()

    package private(set) var isConnected = false
    private let window: Int
    private var commands = FirstInFirstOut<ContextCommand>()
    private var replies = FirstInFirstOut<(number: UInt64, reply: ContextReply)>()
    /// The first of `commands` was done, and what came between them and us gives it again.
    private var isRepeating = false
    /// What the server will still read from connections that are gone for us.
    private var late = FirstInFirstOut<ContextCommand>()
    private var news = FirstInFirstOut<StoreNews>()

    package private(set) var counts = StoreCounts()
    package private(set) var ledger = ContextLedger()

    /// Nonces that are never the same twice, also after the kernel was started again.
    private final class Nonces {
        var random: SimulatedRandom
        init(_ random: SimulatedRandom) { self.random = random }

        func make(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count + 8)
            while bytes.count < count {
                withUnsafeBytes(of: random.next().littleEndian) { bytes.append(contentsOf: $0) }
            }
            bytes.removeLast(bytes.count - count)
            return bytes
        }
    }

    /// Not connected: `reconnect` comes first.
    /// - Parameter window: how many commands may be on their way at once; a random number by default.
    package init(
        random: SimulatedRandom, key: SecretKey, misbehaviour: StoreMisbehaviour = .init(), window: Int? = nil
    ) {
        var random = random
        self.key = key
        self.misbehaviour = misbehaviour
        nonces = Nonces(random.split())
        self.window = window ?? random.pick(1...64)
        self.random = random
        engine = Self.engine(key, nonces)
    }

    private static func engine(_ key: SecretKey, _ nonces: Nonces) -> ContextEngine {
        ContextEngine(
            key: key, operationsMax: 16_384, bytesMax: 64 << 20, versionsRemembered: 65_536, nonce: nonces.make)
    }

    // MARK: What the kernel does

    package func submit(_ request: ContextRequest, now: Instant) {
        ledger.see(now.milliseconds)
        ledger.submitted(request)
        engine.submit(request, nowMs: now.milliseconds)
        advance(now)
    }

    package var hasNews: Bool { !news.isEmpty }

    package func takeNews(_ tell: (StoreNews) -> Void) {
        while let next = news.popFirst() { tell(next) }
    }

    /// Nothing is open, nothing is on its way, and nothing is left to tell.
    package var isIdle: Bool { engine.count == 0 && commands.isEmpty && late.isEmpty && news.isEmpty }

    // MARK: What the world does

    package var canExecute: Bool { !commands.isEmpty || !late.isEmpty }

    /// The server takes the next command that has reached it, of this connection or of one that is gone.
    package func execute(now: Instant) {
        if !late.isEmpty, commands.isEmpty || random.chance(4) { return executeLate(now) }
        guard let command = commands.first else { return }
        if !isRepeating, let refusal = refusal(of: command) {
            _ = commands.popFirst()
            return replies.append((command.number, refusal))
        }
        let reply = done(command, now)
        if !isRepeating, happens(misbehaviour.repeatsOneIn) {
            isRepeating = true
            counts.repeats += 1
            return
        }
        isRepeating = false
        _ = commands.popFirst()
        if case .store(.stored) = reply, happens(misbehaviour.echoesOneIn) { late.append(command) }
        replies.append((command.number, reply))
    }

    package var canDeliver: Bool { !replies.isEmpty }

    /// The next reply arrives.
    package func deliver(now: Instant) {
        guard let (number, reply) = replies.popFirst() else { return }
        engine.replied(number, reply, nowMs: now.milliseconds)
        advance(now)
    }

    /// The connection breaks. What was sent may have been done, or may still be done, as far as it had got; no reply
    /// comes any more.
    package func disconnect(now: Instant, reason: Text) {
        guard isConnected else { return }
        ledger.see(now.milliseconds)
        breakOff()
        engine.wentAway(reason, retryAfterMs: 20, nowMs: now.milliseconds)
        news.append(.state(available: false, reason))
        advance(now)
    }

    package func reconnect(now: Instant) {
        guard !isConnected else { return }
        isConnected = true
        engine.cameBack()
        news.append(.state(available: true, "connected"))
        advance(now)
    }

    /// The server's data as they are now, for `goBackToCopy`.
    package func saveCopy() { copy = data }

    /// The server comes back with the data of the copy, or with none where nothing was saved; only while it is
    /// disconnected.
    package func goBackToCopy() {
        precondition(!isConnected, "a server that is connected does not go back")
        data = copy
        late.removeAll()
        counts.goneBack += 1
        ledger.dataWereLost()
    }

    /// The server is started again without its data, or somebody flushes it; the copy is gone too.
    package func loseEverything() {
        data = StoreData()
        copy = StoreData()
        late.removeAll()
        ledger.dataWereLost()
    }

    /// The kernel's process ends and another begins: what it remembered is gone, and so is the connection.
    package func kernelRestarted(now: Instant) {
        if isConnected { breakOff() }
        news.removeAll()
        engine = Self.engine(key, nonces)
        ledger.see(now.milliseconds)
        ledger.kernelRestarted()
    }

    /// How many keys a Redis would have with these data: what DBSIZE says.
    package var keyCount: Int { data.keyCount }

    // MARK: Inside

    private func happens(_ oneIn: Int) -> Bool { oneIn > 0 && random.chance(oneIn) }

    private func refusal(of command: ContextCommand) -> ContextReply? {
        if happens(misbehaviour.forgetsOneIn) {
            counts.forgotten += 1
            return .again
        }
        if happens(misbehaviour.refusesOneIn) {
            return .refused(retryAfterMs: 250, reason: "Redis is loading its data")
        }
        if case .store = command.action, happens(misbehaviour.isFullOneIn) {
            counts.full += 1
            return .full(reason: "Redis has reached its maxmemory")
        }
        return nil
    }

    private func done(_ command: ContextCommand, _ now: Instant) -> ContextReply {
        let before = data.swept
        let reply = data.execute(command, serverMs: now.milliseconds)
        counts.swept += data.swept - before
        switch reply {
        case .store(.stale): counts.stale += 1
        case .ended: counts.ended += 1
        default: break
        }
        return reply
    }

    private func executeLate(_ now: Instant) {
        guard let command = late.popFirst() else { return }
        if case .store(.stored) = done(command, now) { counts.doneLate += 1 }
        // The server notices that nobody is there, and reads no more.
        if random.chance(4) { late.removeAll() }
    }

    /// The first part of what was sent has reached the server, and it may still read it.
    private func breakOff() {
        isConnected = false
        while let (_, reply) = replies.popFirst() {
            if case .store(.stored) = reply { counts.unknownDone += 1 }
        }
        let reached = random.below(commands.count + 1)
        for place in 0..<commands.count {
            guard let command = commands.popFirst() else { break }
            if case .store = command.action { counts.unknownNotDone += 1 }
            if place < reached { late.append(command) }
        }
        isRepeating = false
    }

    private func advance(_ now: Instant) {
        ledger.see(now.milliseconds)
        while isConnected, commands.count + replies.count < window,
            let command = engine.nextCommand(nowMs: now.milliseconds)
        {
            commands.append(command)
        }
        while let (id, result) = engine.nextResult() {
            switch result {
            case .conflict: counts.conflicts += 1
            case .dataLoss: counts.dataLosses += 1
            case .outcomeUnknown: counts.unknown += 1
            default: break
            }
            ledger.answered(id, result)
            news.append(.result(id, result))
        }
    }
}

/// How often what is rare happened.
package struct StoreCounts: Sendable, Equatable {
    /// Compare-and-sets that lost.
    package var conflicts = 0
    /// Proposals that came too late and were sealed again.
    package var stale = 0
    /// Results that say that nobody knows; what was sent when a connection broke and had been done, or not yet.
    package var unknown = 0
    package var unknownDone = 0
    package var unknownNotDone = 0
    /// Writes that were done after their connection was gone.
    package var doneLate = 0
    package var dataLosses = 0
    /// Recalls of a key that had ended; keys that were removed because they had.
    package var ended = 0
    package var swept = 0
    package var repeats = 0
    package var forgotten = 0
    package var full = 0
    package var goneBack = 0

    package init() {}

    /// Adds what another run counted.
    package mutating func add(_ other: StoreCounts) {
        let all: [WritableKeyPath<StoreCounts, Int>] = [
            \.conflicts, \.stale, \.unknown, \.unknownDone, \.unknownNotDone, \.doneLate, \.dataLosses, \.ended,
            \.swept, \.repeats, \.forgotten, \.full, \.goneBack,
        ]
        for count in all { self[keyPath: count] += other[keyPath: count] }
    }
}

extension Instant {
    /// Milliseconds since 1970-01-01 UTC.
    var milliseconds: UInt64 { UInt64(max(wall, 0)) / 1_000_000 }
}
