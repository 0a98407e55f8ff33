// What text-lead offers and how it does it.

import ABI
import ProtobufWire
import TextService
import TextUnits

enum LeadService {
    static let name: Text = "text-lead"
    static let slots: UInt32 = 4

    /// The figures of driver.json5; a test compares them.
    static let capabilities: [Capability] = [
        capability("text.summarize", costMicros: 20, quality: 0.5),
        capability("text.keywords", costMicros: 20, quality: 0.45),
        capability("text.digest", costMicros: 40, quality: 0.5),
    ]

    static let service = TextService(
        capabilities: capabilities,
        summarize: { LeadSummary.sentences(of: $0) },
        keywords: { FrequentWords.keywords(of: $0) },
        digest: { LeadDigest.text(of: $0) })

    private static func capability(_ name: Text, costMicros: UInt64, quality: Double) -> Capability {
        Capability(
            name: name, latencyUs: 500, costMicros: costMicros, quality: quality, idempotent: true,
            contentTypes: ["text/plain"], latencyUsPerKib: 100, costMicrosPerKib: 1)
    }
}
