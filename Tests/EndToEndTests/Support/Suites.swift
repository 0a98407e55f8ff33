// The rows in which these tests run: within a row one after the other, the rows side by side, so that a machine with two
// processors is busy and no test waits for a crowd of others.

import Fixtures
import Testing

/// What happens when something breaks: processes killed, disks full, folders taken.
@Suite(.serialized, .enabled(if: TestTree.isThere, TestTree.reason), .timeLimit(.minutes(2)))
enum Faults {}

/// What agents, administrators and attackers get while everything runs.
@Suite(.serialized, .enabled(if: TestTree.isThere, TestTree.reason), .timeLimit(.minutes(2)))
enum Service {}

/// What takes its time-outs' time and next to no processor.
@Suite(.serialized, .enabled(if: TestTree.isThere, TestTree.reason), .timeLimit(.minutes(2)))
enum Patience {}

/// Every system call of camd fails once. The plan of faults is compiled into debug builds alone.
@Suite(.serialized, .enabled(if: TestTree.isDebug, TestTree.debugReason), .timeLimit(.minutes(20)))
enum FaultSweeps {}
