// One worker thread with a name, for work that would hold up a reactor.

internal import CLinux
internal import Glibc

/// A thread that runs one function to its end. Join it before its owner goes away.
public struct WorkerThread: ~Copyable {
    private let handle: pthread_t

    /// Starts the thread. Its signals are all blocked, so that signals stay the main thread's.
    ///
    /// - Throws: `EAGAIN` when the system has no room for another thread.
    public init(name: String, _ body: @escaping @Sendable () -> Void) throws(Errno) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        var old = sigset_t()
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &old)
        // It answers with the error's number; -1 is the answer of a plan.
        let answer = SystemCall.attempt("pthread_create") {
            pthread_create(
                &thread, nil,
                { argument in
                    let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                    _ = cam_set_thread_name(start.name)
                    start.body()
                    return nil
                }, start.toOpaque())
        }
        let code = answer == -1 ? errno : answer
        pthread_sigmask(SIG_SETMASK, &old, nil)
        if code != 0 {
            start.release()
            throw Errno(rawValue: code)
        }
        handle = thread
    }

    /// Waits for the end of the thread's function.
    public consuming func join() {
        let code = pthread_join(handle, nil)
        precondition(code == 0, "pthread_join answered \(Errno(rawValue: code))")
    }

    /// Lets the thread end by itself: nobody waits for it, so its function must own all that it touches.
    public consuming func detach() {
        let code = pthread_detach(handle)
        precondition(code == 0, "pthread_detach answered \(Errno(rawValue: code))")
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
