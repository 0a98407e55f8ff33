// Progress and notes on stderr, results on stdout.

import Foundation
import Synchronization

/// What the user sees while the agent works. On a terminal one line is drawn over and over; elsewhere each step is a line.
final class Terminal: Sendable {
    private struct State {
        var lineLength = 0
        var lastTenth = -1
    }

    private let isTerminal: Bool
    private let state = Mutex(State())

    init(isTerminal: Bool = isatty(2) == 1) { self.isTerminal = isTerminal }

    /// A note on its own line.
    func note(_ text: String) {
        state.withLock { state in
            erase(&state)
            write(text + "\n")
        }
    }

    /// Draws the bar. Off a terminal, one line for each tenth of the way.
    func progress(_ counts: ProgressCounts) {
        state.withLock { state in
            if isTerminal {
                let line = counts.bar
                write("\r" + line + String(repeating: " ", count: max(0, state.lineLength - line.count)))
                state.lineLength = line.count
            } else {
                let tenth = counts.total == 0 ? 10 : counts.ended * 10 / counts.total
                if tenth > state.lastTenth {
                    state.lastTenth = tenth
                    write(counts.sentence + "\n")
                }
            }
        }
    }

    /// Takes the bar away.
    func endProgress() {
        state.withLock { erase(&$0) }
    }

    func result(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    private func erase(_ state: inout State) {
        guard state.lineLength > 0 else { return }
        write("\r" + String(repeating: " ", count: state.lineLength) + "\r")
        state.lineLength = 0
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
