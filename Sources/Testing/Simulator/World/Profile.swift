// What one seed's world is like: limits, sizes, and how often what happens.

import ABI
import Crypto
import DriverLifecycle
import JournalFile
import Kernel
import ProtobufWire

/// Every seed gets another mixture: some faults often, some never. A world in which everything always goes wrong reaches
/// fewer states than many worlds in which a few things do ("Swarm testing", Groce et al., ISSTA 2012).
struct Profile {
    var settings = KernelSettings()
    var journal = JournalOptions()
    /// Running sums of the weights of the kinds of action, in their order.
    private(set) var sums: [Int] = []
    /// One agent in so many does not read what it is sent for long times; 0 for none.
    var slowReader: Int
    /// Largest input of a task, bytes.
    var inputBytesMax: Int
    /// How driver processes behave: one answer in so many is wrong in some way; 0 for none.
    var driverFaults: Int

    init(random: inout SimulatedRandom, tokenKey: Ed25519.PublicKey) {
        slowReader = random.chance(3) ? random.below(Cast.agents.count) : -1
        inputBytesMax = random.chance(4) ? 3000 : 200
        driverFaults = random.chance(3) ? 0 : 3 + random.below(40)
        settings.tokenPublicKey = tokenKey
        settings.uid = Cast.kernelUser
        settings.drivers = Cast.drivers
        settings.requestCredit = random.chance(2) ? 1024 : UInt32(2 + random.below(30))
        settings.openRequestsMax = random.chance(2) ? 16_384 : 2 + random.below(20)
        settings.openTasksMax = random.chance(2) ? 10_000 : 3 + random.below(30)
        settings.tasksMax = random.chance(4) ? 20 : 1_000_000
        settings.connectionsPerUserMax = random.chance(4) ? 4 : 1024
        settings.callsPerSecond = random.chance(4) ? 200 : 1_000_000
        settings.burst = settings.callsPerSecond == 200 ? 20 : 100_000
        settings.registrationsPerSecond = 1_000_000
        settings.registrationBurst = 100_000
        settings.tokenLifetimeNanoseconds = random.chance(2) ? 2_000_000_000 : 3_600_000_000_000
        settings.defaultDeadlineMilliseconds = random.chance(3) ? 500 : 30_000
        settings.callTimeoutMilliseconds = random.chance(2) ? 300 : 30_000
        journal.segmentBytes = 16 << (10 + random.below(3))
        settings.journalReserveBytes = min(settings.journalReserveBytes, journal.segmentBytes / 4)
        journal.spaceProbeMilliseconds = 50
        chooseWeights(&random)
    }

    private mutating func chooseWeights(_ random: inout SimulatedRandom) {
        var sum = 0
        for kind in Action.Kind.allCases {
            let (usual, isFault) = Self.weight(kind)
            var weight = usual
            if isFault { weight = random.chance(2) ? 0 : usual * (1 + random.below(4)) }
            sum += weight
            sums.append(sum)
        }
    }

    /// How often a kind happens beside the others, and whether some worlds go without it.
    private static func weight(_ kind: Action.Kind) -> (Int, isFault: Bool) {
        switch kind {
        case .connect: (100, false)
        case .request: (2_000, false)
        case .deliver: (2_200, false)
        case .read: (1_800, false)
        case .write: (700, false)
        case .hear: (700, false)
        case .storeServe, .storeReply, .storeHear: (250, false)
        case .spawn: (100, false)
        case .serve: (1_000, false)
        case .tick: (400, false)
        case .sleep: (20, false)
        case .loadPolicies: (50, false)
        case .start: (100, false)
        case .interject: (100, true)
        case .deliverPart: (100, true)
        case .vanish: (20, true)
        case .storeAway, .storeBack: (15, true)
        case .storeCopy: (10, true)
        case .storeReturnsOlder, .storeFlushed: (3, true)
        case .crashDriver: (20, true)
        case .setClock: (10, true)
        case .kill, .powerLoss: (1, true)
        case .stop: (1, true)
        case .hangUp: (5, true)
        case .diskFull: (5, true)
        case .diskFails: (1, true)
        }
    }

    func choose(_ random: inout SimulatedRandom) -> Action.Kind {
        let place = random.below(sums[sums.count - 1])
        var low = 0
        var high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > place { high = middle } else { low = middle + 1 }
        }
        return Action.Kind.allCases[low]
    }
}
