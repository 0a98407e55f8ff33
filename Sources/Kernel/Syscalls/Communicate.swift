// Call 7, communicate. Not built yet: the answer says so.

import ABI
import ProtobufWire

extension Kernel {
    mutating func communicate(_ caller: Caller, _ request: CommunicateRequest) {
        refuse(caller, .unimplemented("communicate"))
    }
}
