// Call 6, forget. Not built yet: the answer says so.

import ABI
import ProtobufWire

extension Kernel {
    mutating func forget(_ caller: Caller, _ request: ForgetRequest) {
        refuse(caller, .unimplemented("forget"))
    }
}
