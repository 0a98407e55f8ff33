// Repeats of the same decision within a second become a count in one record.

import ABI
import Containers
import ProtobufWire

struct FoldKey: Hashable, Sendable {
    let agent: UInt64
    let call: CallNumber
    let status: UInt8
    let allowed: Bool
    let action: Text
    let resource: Text
    /// Of a denial and a question: its record tells who asked and of whom, so that others must not share it.
    var principal: UInt32 = 0
    var owner: UInt64 = 0
    /// Of a question: about whom.
    var subject: UInt64 = 0
}

/// The decisions of the last second, each with the record that stands for it and how often it came again.
struct FoldTable: Sendable {
    struct Entry: Sendable {
        let sequence: UInt64
        let began: UInt64
        var again: UInt32 = 0
    }

    private var entries: [FoldKey: Entry] = [:]
    /// Keys in the order in which their windows began.
    private var order = FirstInFirstOut<FoldKey>()

    var isEmpty: Bool { entries.isEmpty }

    /// When the oldest window is over, in monotonic nanoseconds.
    var nextEnd: UInt64? {
        order.first.flatMap { entries[$0] }.map { $0.began + Limits.foldWindowNanoseconds }
    }

    /// Counts a repeat.
    /// - Returns: the sequence number of the record that stands for it, nil where a record has to be written.
    mutating func count(_ key: FoldKey) -> UInt64? {
        guard let index = entries.index(forKey: key), entries.values[index].again < .max else { return nil }
        entries.values[index].again += 1
        return entries.values[index].sequence
    }

    /// Starts a window with the record that was written for it.
    mutating func begin(_ key: FoldKey, sequence: UInt64, now: UInt64) {
        guard entries.updateValue(Entry(sequence: sequence, began: now), forKey: key) == nil else { return }
        order.append(key)
    }

    /// Takes the oldest window that is over.
    mutating func popEnded(now: UInt64) -> (key: FoldKey, entry: Entry)? {
        guard let key = order.first, let entry = entries[key],
            now >= entry.began + Limits.foldWindowNanoseconds
        else { return nil }
        _ = order.popFirst()
        entries[key] = nil
        return (key, entry)
    }
}
