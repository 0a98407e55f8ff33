// The memory store: a private Redis or one of the user's, and what the kernel hears of it.

import Configuration
import Contexts
import Kernel
import KeyFiles
import Linux
import ProtobufWire
import Reactor
import RedisContexts

extension Daemon {
    /// Starts the private Redis where no other is configured, and connects. A store that is away does not keep camd from
    /// starting: what needs it is refused until it is there.
    func startMemory() throws {
        let state = configuration.stateDirectory
        // Before the server is started, which makes its files at once: a camd that ends in between must not leave a store
        // without a key.
        let mayCreateKey = try configuration.memory != nil || !PrivateRedis.holdsData(stateFolder: state)
        let key = try KeyFile.open(state + "/keys/contexts.key", mayCreate: mayCreateKey)
        let location: RedisLocation
        var credentials: MemoryURL.Credentials?
        if let url = configuration.memory {
            location = RedisLocation(url)
            switch url {
            case .unixSocket(_, let given), .tcp(_, _, _, let given): credentials = given
            }
        } else {
            var options = PrivateRedis.Options()
            options.program = configuration.redisServer
            let redis = try PrivateRedis(stateFolder: state, reactor: reactor, options: options)
            redis.onStateChange = { [unowned self] state in privateRedisChanged(state) }
            privateRedis = redis
            location = .unixSocket(path: redis.socketPath)
        }
        let contexts = RedisContexts(reactor: reactor, location: location, credentials: credentials, key: key)
        contexts.onStateChange = { [unowned self] state in memoryChanged(state) }
        contexts.onResult = { [unowned self] id, result in feed(.completed(.context(operation: id, result))) }
        memory = contexts
        contexts.connectNow()
    }

    /// Ends the private Redis in order and waits for it, a few seconds at the most; after that it dies with camd.
    func stopRedis() {
        guard let privateRedis else { return }
        var isGone = false
        privateRedis.stop { isGone = true }
        let end = Clock.monotonic() + 6_000_000_000
        do throws(Errno) {
            while !isGone, Clock.monotonic() < end { try reactor.runOnce(timeoutMilliseconds: 100) }
        } catch {
            log.write(.warning, "redis_not_stopped", ["error": "\(error)"])
        }
    }

    private func memoryChanged(_ state: RedisContextsState) {
        let (available, words): (Bool, String) =
            switch state {
            case .connecting: (false, "connecting")
            case .ready: (true, "connected")
            case .away(let reason): (false, reason)
            case .closed: (false, "closed")
            }
        log.write(available ? .info : .warning, "memory", ["state": words])
        feed(.completed(.storeState(available: available, Text(words))))
    }

    private func privateRedisChanged(_ state: PrivateRedis.State) {
        switch state {
        case .running(let pid):
            log.write(.info, "redis_started", ["pid": "\(pid)"])
            memory?.connectNow()
        case .waiting(let reason, let milliseconds):
            log.write(.warning, "redis_ended", ["reason": reason, "restart_in_ms": "\(milliseconds)"])
        case .stopping, .stopped: break
        }
    }
}
