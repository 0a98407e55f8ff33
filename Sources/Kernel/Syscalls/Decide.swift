// Call 3, decide. Not built yet: the answer says so.

import ABI
import ProtobufWire

extension Kernel {
    mutating func decide(_ caller: Caller, _ request: DecideRequest) {
        refuse(caller, .unimplemented("decide"))
    }
}
