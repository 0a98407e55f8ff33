// Starts the processes of tests from one thread that lives as long as the test process, so that they die with it.

internal import Linux

/// Children get SIGKILL when the thread that started them ends; this thread ends only with the test process, even when that is
/// killed or crashes.
final class ProcessSpawner: Sendable {
    static let shared = ProcessSpawner()

    typealias Outcome = Result<(pid: Int32, pidfd: Int32), SpawnError>

    private struct Job: Sendable {
        let plan: SpawnPlan
        let done: @Sendable (Outcome) -> Void
    }

    private let jobs = BlockingQueue<Job>()

    private init() {
        let jobs = jobs
        do {
            let thread = try WorkerThread(name: "spawner") {
                while true {
                    for job in jobs.takeAll() { job.done(Self.start(job.plan)) }
                }
            }
            thread.detach()
        } catch {
            preconditionFailure("no thread for starting processes: \(error)")
        }
    }

    func spawn(_ plan: SpawnPlan) async throws -> (pid: Int32, pidfd: Int32) {
        var plan = plan
        plan.deathSignal = .kill
        let finished = plan
        return try await withCheckedThrowingContinuation { waiter in
            jobs.put(Job(plan: finished) { waiter.resume(with: $0.mapError { $0 as any Error }) })
        }
    }

    private static func start(_ plan: SpawnPlan) -> Outcome {
        do {
            let process = try plan.spawn()
            let pid = process.pid
            return .success((pid, process.releaseHandle().release()))
        } catch {
            return .failure(error)
        }
    }
}
