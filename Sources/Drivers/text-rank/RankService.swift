// What text-rank offers and how it does it.

import ABI
import ProtobufWire
import TextService
import TextUnits

enum RankService {
    static let name: Text = "text-rank"
    static let slots: UInt32 = 2

    /// The figures of driver.json5; a test compares them.
    static let capabilities: [Capability] = [
        capability("text.summarize", latencyUs: 600, perKib: 170, costMicros: 400, quality: 0.8),
        capability("text.keywords", latencyUs: 600, perKib: 130, costMicros: 300, quality: 0.75),
        capability("text.digest", latencyUs: 1000, perKib: 250, costMicros: 800, quality: 0.8),
    ]

    static let service = TextService(
        capabilities: capabilities,
        summarize: { SentenceRank(TextDocument($0)).summary() },
        keywords: { RakeKeywords.keywords(of: TextDocument($0)).map(\.text) },
        digest: { RankDigest.text(of: $0) })

    private static func capability(
        _ name: Text, latencyUs: UInt64, perKib: UInt64, costMicros: UInt64, quality: Double
    ) -> Capability {
        Capability(
            name: name, latencyUs: latencyUs, costMicros: costMicros, quality: quality, idempotent: true,
            contentTypes: ["text/plain"], latencyUsPerKib: perKib, costMicrosPerKib: 10)
    }
}
