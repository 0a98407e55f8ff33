// camctl drain and resume: let camd finish what it has without taking more.

import ABI
import CommandLineInterface

enum DrainCommand {
    static let drain = Command(
        "drain", "Take no new tasks; those that were admitted still run to their end."
    ) { invocation, console in
        try await Tuning.run(.drain(TuneNothing()), invocation, console)
    }

    static let resume = Command("resume", "Take new tasks again after a drain.") { invocation, console in
        try await Tuning.run(.resume(TuneNothing()), invocation, console)
    }
}
