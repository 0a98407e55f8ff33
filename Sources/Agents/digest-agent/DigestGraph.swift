// The graph of tasks: keywords and a summary of every document, then one digest of them all.

import ABI
import ProtobufWire

/// What kind of work a task is.
enum WorkKind: String, Sendable, CaseIterable {
    case keywords, summary, digest
}

/// One planned task and what it is about.
struct PlannedTask: Sendable, Equatable {
    var localID: Text
    var kind: WorkKind
    /// The document's name; empty for the digest.
    var document: String
}

/// The graph as a request, and what each task in it stands for.
struct DigestGraph: Sendable {
    var request: CommitTaskRequest
    var tasks: [PlannedTask]

    static let digestID: Text = "digest"

    /// Keywords are cheap to get right, so cost counts most there; a summary and the digest are read by people, so quality does.
    static let keywordWeights = Weights(performance: 0.2, cost: 0.6, quality: 0.2)
    static let readingWeights = Weights(performance: 0.1, cost: 0.1, quality: 0.8)

    init(_ documents: [Document], title: String, idempotencyKey: String) {
        tasks = []
        var specs: [TaskSpec] = []
        var contents = "# \(Self.oneLine(title))\n"
        for (number, document) in documents.enumerated() {
            for kind in [WorkKind.keywords, .summary] {
                let id: Text = "\(kind.rawValue)-\(number + 1)"
                tasks.append(PlannedTask(localID: id, kind: kind, document: document.name))
                contents += "\(id)\t\(kind.rawValue)\t\(Self.oneLine(document.name))\n"
                specs.append(
                    TaskSpec(
                        localID: id, capability: kind == .keywords ? "text.keywords" : "text.summarize",
                        input: document.bytes, contentType: "text/plain",
                        weights: kind == .keywords ? Self.keywordWeights : Self.readingWeights, retries: 2))
            }
        }
        specs.append(
            TaskSpec(
                localID: Self.digestID, capability: "text.digest", input: Array(contents.utf8),
                contentType: "text/plain",
                inputFrom: tasks.map(\.localID), weights: Self.readingWeights, retries: 2))
        tasks.append(PlannedTask(localID: Self.digestID, kind: .digest, document: ""))
        request = CommitTaskRequest(envelope: Envelope(idempotencyKey: Text(idempotencyKey)), tasks: specs)
    }

    /// A title in the table of contents is one field of one line.
    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}
