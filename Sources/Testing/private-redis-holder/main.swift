// Starts camd's own Redis in the folder of its first argument, writes the server's pid, and turns until it is killed:
// the parent that tests of a killed camd need.

import Linux
import Reactor
import RedisContexts

let arguments = CommandLine.arguments
guard arguments.count == 2 else {
    try File.writeAll(2, Array("usage: private-redis-holder STATE_FOLDER\n".utf8))
    ThisProcess.exit(64)
}
do {
    let reactor = try Reactor()
    let redis = try PrivateRedis(stateFolder: arguments[1], reactor: reactor)
    guard case .running(let pid) = redis.state else { preconditionFailure("started and not running: \(redis.state)") }
    try File.writeAll(1, Array("\(pid)\n".utf8))
    try withExtendedLifetime(redis) { try reactor.run() }
} catch {
    try File.writeAll(2, Array("private-redis-holder: \(error)\n".utf8))
    ThisProcess.exit(1)
}
