// cam-sim: runs the real kernel in worlds that go wrong.

import CommandLineInterface
import Linux

let words = Array(CommandLine.arguments.dropFirst())
let code = await CommandLineProgram(root: SimulateCommand.root, version: SimulateCommand.version).run(
    words, .standard())
ThisProcess.exit(code.rawValue)
