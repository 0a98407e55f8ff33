// Call 4, learn. Not built yet: the answer says so.

import ABI
import ProtobufWire

extension Kernel {
    mutating func learn(_ caller: Caller, _ request: LearnRequest) {
        refuse(caller, .unimplemented("learn"))
    }
}
