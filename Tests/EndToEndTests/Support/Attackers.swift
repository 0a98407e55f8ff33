// What connections that break the rules have in common.

import Fixtures
import Linux

extension RawConnection {
    /// Sends to a peer that may hang up meanwhile: that is what is tested.
    func sendIgnoringTheEnd(_ bytes: [UInt8]) throws(Errno) {
        do {
            try send(bytes: bytes)
        } catch {
            guard error == .EPIPE || error == .ECONNRESET else { throw error }
        }
    }
}
