// camd: the kernel's daemon. Parses, starts, runs, on the main thread: drivers and the private Redis die with it.

import CommandLineInterface
import Configuration
import Daemon
import Linux

let console = Console.standard()
let root = Command(
    "camd", "The microkernel between the AI agents of this machine.",
    discussion: "Runs in the foreground and logs to stderr. SIGTERM stops it, SIGHUP loads the policies again.",
    options: ConfigurationOptions.all
) { _, _ in .ok }

func run() -> ExitCode {
    do {
        switch try CommandLineParser.parse(Array(CommandLine.arguments.dropFirst()), root: root) {
        case .help(let path): console.bytes(Array(HelpText.of(path).utf8))
        case .version: console.line("camd \(Daemon.version)")
        case .run(let invocation):
            let configuration = try Configuration.load(ConfigurationOptions.sources(invocation))
            let daemon = try Daemon.start(configuration)
            defer { daemon.close() }
            try daemon.serve()
        }
        return .ok
    } catch {
        console.error("camd: \(error)")
        return (error as? any ExitCodeProviding)?.exitCode ?? .failed
    }
}

ThisProcess.exit(run().rawValue)
