// What the drivers make of an upcall: the right algorithm, the price, and clear refusals; and that manifests say what programs do.

import ABI
import CAMClient
import Foundation
import ProtobufWire
import Testing
import TextService

@testable import text_lead
@testable import text_rank

struct ServiceTests {
    private let service = LeadService.service

    private func refusal(_ request: InvokeUpcall) -> CallFailure? {
        do {
            _ = try service.answer(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func refusesWhatItCannotRead() {
        let notText = refusal(InvokeUpcall(capability: "text.summarize", input: [97], contentType: "image/png"))
        #expect(notText?.status == .invalidArgument && notText?.error.field == "content_type")
        let notUTF8 = refusal(InvokeUpcall(capability: "text.keywords", input: [97, 0x80]))
        #expect(notUTF8?.status == .invalidArgument && notUTF8?.error.field == "input")
        #expect(notUTF8?.error.message.string.contains("offset 1") == true)
        let empty = refusal(InvokeUpcall(capability: "text.summarize"))
        #expect(empty?.status == .invalidArgument && empty?.error.message.string.contains("empty") == true)
        let unknown = refusal(InvokeUpcall(capability: "text.translate", input: [97]))
        #expect(unknown?.status == .unimplemented)
        let part = InputPart(localID: "p", contentType: "application/json", data: [123])
        #expect(refusal(InvokeUpcall(capability: "text.digest", parts: [part]))?.status == .invalidArgument)
        #expect(refusal(InvokeUpcall(capability: "text.digest"))?.status == .invalidArgument)
    }

    @Test func pricesByTheKiBAndCountsWords() throws {
        let text = Array(String(repeating: "word ", count: 1000).utf8)
        let result = try service.answer(InvokeUpcall(capability: "text.keywords", input: text))
        // 5,000 bytes are five begun KiB at 1 each, on top of 20.
        #expect(result.costMicros == 25)
        #expect(result.units == 1000)
    }

    @Test func partsAreReadAfterTheInlineText() throws {
        let parts = [
            InputPart(localID: "a", contentType: "text/plain; charset=utf-8", data: Array("zebra zebra zebra".utf8))
        ]
        let result = try service.answer(
            InvokeUpcall(
                capability: "text.keywords", input: Array("apple apple".utf8), contentType: "text/plain", parts: parts))
        #expect(String(decoding: result.output, as: UTF8.self) == "zebra\napple\n")
    }

    @Test func bothDriversMakeADigestOfTheSameParts() throws {
        let contents = "# Two\nk\tkeywords\tOne\ns\tsummary\tOne\nt\tsummary\tOther\n"
        let parts = [
            InputPart(localID: "k", data: Array("alpha\nbeta\n".utf8)),
            InputPart(localID: "s", data: Array("It is one.\n".utf8)),
            InputPart(localID: "t", data: Array("It is other.\n".utf8)),
        ]
        for service in [LeadService.service, RankService.service] {
            let request = InvokeUpcall(
                capability: "text.digest", input: Array(contents.utf8), contentType: "text/plain", parts: parts)
            let text = String(decoding: try service.answer(request).output, as: UTF8.self)
            for part in ["Two\n===\n", "One\n---\n", "Other\n-----\n", "It is one.", "It is other.", "alpha, beta"] {
                #expect(text.contains(part), "\(part) is missing in \(text)")
            }
        }
    }

    @Test func aTextAloneCanBeDigested() throws {
        let text = Array("The kernel decides who may run what. The kernel writes down why it decided so.".utf8)
        for service in [LeadService.service, RankService.service] {
            let output = try service.answer(InvokeUpcall(capability: "text.digest", input: text)).output
            let digest = String(decoding: output, as: UTF8.self)
            #expect(digest.contains("Keywords: ") && digest.contains("kernel"))
        }
    }

    // MARK: Manifests

    private struct Manifest: Decodable {
        struct Work: Decodable {
            var name: String
            var latencyUs: UInt64
            var latencyUsPerKib: UInt64
            var costMicros: UInt64
            var costMicrosPerKib: UInt64
            var quality: Double
            var idempotent: Bool
            var contentTypes: [String]
        }
        var name: String
        var program: String
        var level: String
        var slots: UInt32
        var capabilities: [Work]
    }

    private func manifest(_ name: String, file: String = #filePath) throws -> Manifest {
        let root = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            Manifest.self, from: Data(contentsOf: root.appending(path: "Sources/Drivers/\(name)/driver.json5")))
    }

    @Test func manifestsDeclareWhatTheProgramsOffer() throws {
        let programs = [
            (LeadService.name, LeadService.slots, LeadService.capabilities),
            (RankService.name, RankService.slots, RankService.capabilities),
        ]
        for (name, slots, capabilities) in programs {
            let manifest = try manifest(name.string)
            #expect(manifest.name == name.string && manifest.program == name.string)
            #expect(manifest.level == "runtime" && manifest.slots == slots)
            let declared = manifest.capabilities.map { work in
                Capability(
                    name: Text(work.name), latencyUs: work.latencyUs, costMicros: work.costMicros,
                    quality: work.quality,
                    idempotent: work.idempotent, contentTypes: work.contentTypes.map { Text($0) },
                    latencyUsPerKib: work.latencyUsPerKib, costMicrosPerKib: work.costMicrosPerKib)
            }
            #expect(declared == capabilities)
        }
    }

    @Test func theTwoDriversReallyDiffer() throws {
        for (lead, rank) in zip(LeadService.capabilities, RankService.capabilities) {
            #expect(lead.name == rank.name)
            // On a document of 16 KiB.
            let latencies = [lead, rank].map { $0.latencyUs + 16 * $0.latencyUsPerKib }
            #expect(latencies[0] < latencies[1])
            #expect(lead.costMicros < rank.costMicros && lead.quality < rank.quality)
        }
    }
}
