// Call 11, rollback_task. Not built yet: the answer says so.

import ABI
import ProtobufWire

extension Kernel {
    mutating func rollbackTask(_ caller: Caller, _ request: RollbackTaskRequest) {
        refuse(caller, .unimplemented("rollback_task"))
    }
}
