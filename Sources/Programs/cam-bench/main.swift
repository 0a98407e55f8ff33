// cam-bench: measures CAM beside its peers, in the same run, on the same machine, over the same kind of socket.

import CommandLineInterface
import Linux

/// Words of the process without its name. The first may choose a role that a suite starts for itself.
let words = Array(CommandLine.arguments.dropFirst())

if words.count == 2, let role = ServerRole(rawValue: words[0]) {
    role.serve(path: words[1])
}
let code = await CommandLineProgram(root: BenchCommand.root, version: BenchCommand.version).run(words, .standard())
ThisProcess.exit(code.rawValue)
