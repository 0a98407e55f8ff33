// Call 8, collaborate. Not built yet: the answer says so.

import ABI
import ProtobufWire

extension Kernel {
    mutating func collaborate(_ caller: Caller, _ request: CollaborateRequest) {
        refuse(caller, .unimplemented("collaborate"))
    }
}
