// What the reactor's thread and the writer's thread tell each other. Everything else belongs to one of them alone.

internal import Linux

/// What the writer has done, counted since opening.
public struct JournalStatistics: Sendable, Equatable {
    public var recordCount: UInt64 = 0
    /// Frames and segment headers, bytes.
    public var writtenByteCount: UInt64 = 0
    /// fdatasync calls for records.
    public var syncCount: UInt64 = 0
    public var signedHeadCount: UInt64 = 0
    public var segmentCount: UInt64 = 0
    /// All segments with their preallocated space, bytes.
    public var fileByteCount: UInt64 = 0
}

/// `@unchecked Sendable`: `monitor` guards every stored property.
package final class JournalMailbox: @unchecked Sendable {
    /// For the writer, beside records.
    struct Work: Sendable {
        var reads: [(number: UInt64, sequence: UInt64)] = []
        var wantsSpare = false
        var isClosing = false

        var isEmpty: Bool { reads.isEmpty && !wantsSpare && !isClosing }
    }

    /// For the reactor.
    struct News: Sendable {
        var durableThrough: UInt64 = 0
        /// Bytes in the spare segment, and after how many rolls.
        var spare: (byteCount: Int, rollCount: UInt64)?
        var answers: [(number: UInt64, lookup: JournalLookup)] = []
        var failure: JournalFailure?
    }

    private let monitor = Monitor()
    private var batch = JournalBatch()
    private var work = Work()
    private var isWriterWaiting = false
    private var news = News()
    private var statistics = JournalStatistics()
    private let wakeReader: @Sendable () -> Void

    /// - Parameter wakeReader: called on the writer's thread when there is news.
    package init(wakeReader: @escaping @Sendable () -> Void) { self.wakeReader = wakeReader }

    // MARK: The reactor's side

    /// Hands `filled` over and leaves an empty batch in its place.
    func put(_ filled: inout JournalBatch, work more: Work) {
        monitor.lock()
        if !filled.isEmpty {
            if batch.isEmpty {
                swap(&batch, &filled)
            } else {
                batch.append(filled)
            }
        }
        if !more.isEmpty {
            work.reads.append(contentsOf: more.reads)
            work.wantsSpare = work.wantsSpare || more.wantsSpare
            work.isClosing = work.isClosing || more.isClosing
        }
        let wake = isWriterWaiting
        isWriterWaiting = false
        monitor.unlock()
        if wake { monitor.signal() }
        filled.reset()
    }

    /// What the writer has told since the last time.
    func takeNews() -> News {
        monitor.lock()
        defer { monitor.unlock() }
        let taken = news
        news.spare = nil
        news.failure = nil
        if !news.answers.isEmpty { news.answers = [] }
        return taken
    }

    func currentStatistics() -> JournalStatistics { locked { statistics } }

    // MARK: The writer's side

    /// Whether something was handed over and not taken.
    package var hasWork: Bool { locked { !batch.isEmpty || !work.isEmpty } }

    /// Waits until there is something to do or `deadline` (monotonic nanoseconds) has come.
    func waitForWork(until deadline: UInt64?) {
        monitor.lock()
        defer { monitor.unlock() }
        while batch.isEmpty && work.isEmpty {
            isWriterWaiting = true
            guard let deadline else {
                monitor.wait()
                continue
            }
            if !monitor.wait(untilMonotonic: deadline) { break }
        }
        isWriterWaiting = false
    }

    /// What there is to do, perhaps nothing. `emptied` is a batch that was carried out; it comes back with what is to be
    /// written next, or empty.
    func take(_ emptied: inout JournalBatch) -> Work {
        monitor.lock()
        defer { monitor.unlock() }
        swap(&batch, &emptied)
        let taken = work
        work = Work(isClosing: work.isClosing)
        return taken
    }

    /// Leaves news for the reactor and wakes it.
    func tell(_ change: (inout News, inout JournalStatistics) -> Void) {
        locked { change(&news, &statistics) }
        wakeReader()
    }

    /// Counts what was done; nobody is woken for it.
    func count(_ change: (inout JournalStatistics) -> Void) { locked { change(&statistics) } }

    private func locked<Value>(_ body: () -> Value) -> Value {
        monitor.lock()
        defer { monitor.unlock() }
        return body()
    }
}
