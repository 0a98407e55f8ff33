// camctl: asks camd things and tells it things, over the same calls that agents use.

import CommandLineInterface
import Configuration
import Linux

let words = Array(CommandLine.arguments.dropFirst())
let code = await CommandLineProgram(root: Camctl.root, version: ProductVersion.current).run(words, .standard())
ThisProcess.exit(code.rawValue)
