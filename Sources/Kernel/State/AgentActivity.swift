// What one agent does in this run of the kernel: rate, holdings, counts. Nothing here survives a restart.

import Quota

struct AgentActivity: Sendable {
    var rate: TokenBucket
    var account = Account()
    var calls: UInt64 = 0
    var denied: UInt64 = 0
    var costMicros: UInt64 = 0

    init(rate: TokenBucket) {
        self.rate = rate
    }
}
