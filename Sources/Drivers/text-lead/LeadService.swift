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
        capability("text.summarize", latencyUs: 1000, perKib: 10, costMicros: 20, quality: 0.5),
        capability("text.keywords", latencyUs: 400, perKib: 110, costMicros: 20, quality: 0.45),
        capability("text.digest", latencyUs: 500, perKib: 30, costMicros: 40, quality: 0.5),
    ]

    static let service = TextService(
        capabilities: capabilities,
        summarize: { LeadSummary.sentences(of: TextDocument($0.beginning(scalarsMax: LeadSummary.scalarsMax))) },
        keywords: { FrequentWords.keywords(of: TextDocument($0)) },
        digest: { LeadDigest.text(of: $0) })

    private static func capability(
        _ name: Text, latencyUs: UInt64, perKib: UInt64, costMicros: UInt64, quality: Double
    ) -> Capability {
        Capability(
            name: name, latencyUs: latencyUs, costMicros: costMicros, quality: quality, idempotent: true,
            contentTypes: ["text/plain"], latencyUsPerKib: perKib, costMicrosPerKib: 1)
    }
}
