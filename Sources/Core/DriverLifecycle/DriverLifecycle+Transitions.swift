// The transitions: one switch over the event, each event one function that switches over the state.

extension DriverLifecycle {
    /// Takes an event and says what must be done now, in order. An event that means nothing in a state does nothing: the
    /// world may always be a moment behind what was asked of it.
    public mutating func on(_ event: Event, now: UInt64) -> [Action] {
        switch event {
        case .start: onStart(now)
        case .stop(let drain): onStop(drain: drain, now)
        case .restart: onRestart(now)
        case .refused(let reason): onRefused(reason)
        case .registered: onRegistered(now)
        case .callHung: onFault(.hungCall)
        case .protocolViolation: onFault(.protocolViolation)
        case .drained: onDrained()
        case .exited(let exit): onExited(exit, now)
        case .timer: onTimer(now)
        }
    }

    private mutating func onStart(_ now: UInt64) -> [Action] {
        switch state {
        case .stopped, .backingOff, .failed:
            crashes = 0
            return spawn(now)
        case .draining(let deadline, _):
            state = .draining(deadline: deadline, next: .restart)
            return []
        case .ending(let cause, let readySince, .stop):
            state = .ending(cause: cause, readySince: readySince, next: .restart)
            return []
        case .starting, .ready, .ending: return []
        }
    }

    private mutating func onStop(drain: Bool, _ now: UInt64) -> [Action] {
        switch state {
        case .stopped, .failed: return []
        case .backingOff:
            state = .stopped
            return []
        case .starting: return kill(.asked, readySince: nil, next: .stop)
        case .ready(let since):
            return drain ? beginDraining(next: .stop, now) : kill(.asked, readySince: since, next: .stop)
        case .draining(let deadline, _):
            guard drain else { return kill(.asked, readySince: nil, next: .stop) }
            state = .draining(deadline: deadline, next: .stop)
            return []
        case .ending(let cause, let readySince, _):
            state = .ending(cause: cause, readySince: readySince, next: .stop)
            return []
        }
    }

    private mutating func onRestart(_ now: UInt64) -> [Action] {
        switch state {
        case .ready: return beginDraining(next: .restart, now)
        case .starting: return kill(.asked, readySince: nil, next: .restart)
        case .stopped, .backingOff, .failed, .draining, .ending: return onStart(now)
        }
    }

    private mutating func onRefused(_ reason: String) -> [Action] {
        switch state {
        case .starting:
            state = .failed(.refused(reason: reason))
            return [.becameFailed(.refused(reason: reason))]
        case .ending(_, _, let next):
            if next == .stop {
                state = .stopped
                return []
            }
            state = .failed(.refused(reason: reason))
            return [.becameFailed(.refused(reason: reason))]
        case .stopped, .ready, .draining, .backingOff, .failed: return []
        }
    }

    private mutating func onRegistered(_ now: UInt64) -> [Action] {
        guard case .starting = state else { return [] }
        state = .ready(since: now)
        return [.becameReady]
    }

    private mutating func onFault(_ cause: Cause) -> [Action] {
        switch state {
        case .starting: return kill(cause, readySince: nil, next: .backOff)
        case .ready(let since): return kill(cause, readySince: since, next: .backOff)
        case .draining(_, let next): return kill(cause, readySince: nil, next: next)
        case .stopped, .ending, .backingOff, .failed: return []
        }
    }

    private mutating func onDrained() -> [Action] {
        guard case .draining(_, let next) = state else { return [] }
        return kill(.drained, readySince: nil, next: next)
    }

    private mutating func onExited(_ exit: DriverExit, _ now: UInt64) -> [Action] {
        switch state {
        case .stopped, .backingOff, .failed: return []
        case .starting:
            lastExit = exit
            return crashed(exit, readySince: nil, now)
        case .ready(let since):
            lastExit = exit
            return [.becameUnavailable] + crashed(exit, readySince: since, now)
        case .draining(_, let next):
            lastExit = exit
            return [.becameUnavailable] + follow(next, exit, readySince: nil, now)
        case .ending(_, let readySince, let next):
            lastExit = exit
            return follow(next, exit, readySince: readySince, now)
        }
    }

    private mutating func onTimer(_ now: UInt64) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch state {
        case .starting: return kill(.startTimeout, readySince: nil, next: .backOff)
        case .draining(_, let next): return kill(.drainTimeout, readySince: nil, next: next)
        case .backingOff: return spawn(now)
        case .stopped, .ready, .ending, .failed: return []
        }
    }

    private mutating func spawn(_ now: UInt64) -> [Action] {
        if started { restarts &+= 1 }
        started = true
        state = .starting(deadline: now &+ settings.startTimeoutNanoseconds)
        return [.spawn]
    }

    private mutating func beginDraining(next: Next, _ now: UInt64) -> [Action] {
        state = .draining(deadline: now &+ settings.drainTimeoutNanoseconds, next: next)
        return [.beganDraining]
    }

    /// A killed instance answers nothing any more, so those who wait for it learn it now and not when the kernel has
    /// taken the process apart.
    private mutating func kill(_ cause: Cause, readySince: UInt64?, next: Next) -> [Action] {
        let served: Bool
        switch state {
        case .ready, .draining: served = true
        case .stopped, .starting, .ending, .backingOff, .failed: served = false
        }
        state = .ending(cause: cause, readySince: readySince, next: next)
        return served ? [.becameUnavailable, .kill(cause)] : [.kill(cause)]
    }

    private mutating func follow(_ next: Next, _ exit: DriverExit, readySince: UInt64?, _ now: UInt64) -> [Action] {
        switch next {
        case .stop:
            state = .stopped
            return []
        case .restart:
            crashes = 0
            return spawn(now)
        case .backOff: return crashed(exit, readySince: readySince, now)
        }
    }

    private mutating func crashed(_ exit: DriverExit, readySince: UInt64?, _ now: UInt64) -> [Action] {
        if let readySince, now >= readySince, now - readySince >= settings.healthyAfterNanoseconds { crashes = 0 }
        crashes &+= 1
        if exit.isLasting {
            let failure = Failure.refused(reason: exit.description)
            state = .failed(failure)
            return [.becameFailed(failure)]
        }
        if crashes >= settings.crashesMax {
            let failure = Failure.crashLoop(crashes: crashes, last: exit)
            state = .failed(failure)
            return [.becameFailed(failure)]
        }
        state = .backingOff(until: now &+ backOff(afterCrashes: crashes))
        return []
    }
}
