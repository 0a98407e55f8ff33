// digest-agent: the example agent. Reads documents, has camd digest them, and shows what happened.

import Foundation

let arguments: Arguments
do {
    arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
} catch {
    FileHandle.standardError.write(Data("digest-agent: \(error)\n".utf8))
    exit(ExitCode.usage.rawValue)
}
if arguments.wantsHelp {
    FileHandle.standardOutput.write(Data(Arguments.help.utf8))
    exit(ExitCode.success.rawValue)
}
exit(await DigestAgent(arguments: arguments, terminal: Terminal()).run().rawValue)
