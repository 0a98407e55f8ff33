// camctl think: run one capability on a document and print what comes out.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum ThinkCommand {
    private static let capability = Argument<String>.text("CAPABILITY", "What to run, for example text.summarize.")
    private static let file = Argument<String?>.optional(
        "FILE", kind: .file, "The input; - or nothing is the standard input.")
    private static let stream = Option<Bool>.flag("stream", "Print the output piece by piece as it comes.")
    private static let maxCost = Option<Int?>.integer(
        "max-cost", "MICROS", 0...Int.max, "Use no executor that costs more, in millionths.")
    private static let quality = Option<Double?>.number(
        "quality", "LEAST", 0...1, "Use no executor of less quality.")
    private static let weights = Option<String?>.text(
        "weights", "P,C,Q", "How much performance, cost and quality count, for example 1,0,2.")
    private static let contentType = Option<String?>.text(
        "content-type", "TYPE", "What the input is; text/plain where nothing is said.")
    private static let priority = Option<Int?>.integer(
        "priority", "RANK", 0...9, "How urgent it is: 0, or up to 9 for the most urgent.")

    static let command = Command(
        "think", "Run one capability now and print its output.",
        discussion: """
            The output goes to the standard output; which executor made it, how long it took and the decision that chose \
            it go to the standard error, so that the output can be piped on.
            """,
        options: [
            stream.declaration, maxCost.declaration, quality.declaration, weights.declaration, contentType.declaration,
            priority.declaration,
        ],
        arguments: [capability.declaration, file.declaration]
    ) { invocation, console in
        let request = try request(invocation)
        return try await KernelConnection.with(.agent, invocation, console) { client in
            let answer =
                invocation[stream]
                ? try await streamed(request, client, invocation, console)
                : try await client.think(request, timeout: invocation.timeout)
            show(answer, invocation, console)
            return .ok
        }
    }

    private static func request(_ invocation: Invocation) throws -> ThinkRequest {
        // Before the input: a mistake in the line is told at once, not after the standard input has ended.
        let weights = try invocation.weights(Self.weights)
        let constraints = Constraints(
            maxCostMicros: invocation[maxCost].map { UInt64($0) }, minQuality: invocation[quality])
        return ThinkRequest(
            capability: Text(invocation[capability]), input: try InputDocument.read(invocation[file]),
            contentType: Text(invocation[contentType] ?? "text/plain"), constraints: constraints,
            weights: weights, priority: UInt32(invocation[priority] ?? 0))
    }

    /// Prints the items; the answer keeps the whole output only for JSON.
    private static func streamed(
        _ request: ThinkRequest, _ client: CAMClient, _ invocation: Invocation, _ console: Console
    ) async throws -> ThinkResponse {
        let stream = client.thinkStream(request, timeout: invocation.timeout)
        var isEmpty = true
        for try await item in stream {
            isEmpty = false
            if invocation.wantsJSON {
                console.line(JSONText(message: item).renderedOnOneLine())
            } else {
                console.bytes(item.output)
            }
        }
        var answer = try await stream.response()
        // What came in pieces is not printed a second time.
        if !isEmpty, !invocation.wantsJSON { answer.output = [] }
        return answer
    }

    private static func show(_ answer: ThinkResponse, _ invocation: Invocation, _ console: Console) {
        if invocation.wantsJSON { return console.json(JSONText(message: answer)) }
        console.document(answer.output)
        let usage = answer.usage ?? Usage()
        let parts = [
            answer.executor.string, Shown.duration(microseconds: usage.latencyUs),
            "waited \(Shown.duration(microseconds: answer.waitedUs))", "cost \(Shown.cost(micros: usage.costMicros))",
            "decision \(answer.decisionID.shown)",
        ]
        console.error(parts.joined(separator: " · "))
    }
}
