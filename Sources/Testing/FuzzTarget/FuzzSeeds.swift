// Inputs to begin with: valid programs for each call and the main flows, and something for each reader to take.

import ABI
import Crypto
import Framing
import Journal
import Kernel
import ProtobufWire
import RegoOracle

public enum FuzzSeeds {
    /// In an order that does not change, so that each may be named by its place.
    public static let all: [[UInt8]] = calls + flows.map(program) + readers + policies

    /// Words that are hard to come by one byte at a time, in libFuzzer's own form.
    public static let dictionary = words.map { "\"\($0)\"\n" }.joined()

    private static let words = [
        "text.work", "text.once", "text.agent", "forbidden", "package cam", "import rego.v1", "default ", " if {",
        " := ",
        "some ", " in ", "every ", "contains ", "not ", "with input as ", "else := ", "input.caller", "data.cam.",
        "sprintf(",
        "count(", "split(", "concat(", "regex.match(", "time.parse_rfc3339_ns(", "json.patch(", "object.get(", "walk(",
        "to_number(", "units.parse_bytes(", "semver.compare(", "net.cidr_contains(", "graph.reachable(", "glob.match(",
        "base64.decode(", "urlquery.decode_object(", "strings.replace_n(", "numbers.range(", "sort(", "union(", "sum(",
        "Infinity", "NaN", "0x", "1e308", "redis://", "unix://", "rediss://",
    ]

    /// Peers of the prepared world, in the order in which they came.
    private enum Who: UInt8 { case alpha = 0, beta, one, two, admin }

    private static func program(_ steps: [[UInt8]]) -> [UInt8] {
        [FuzzTarget.kernel.rawValue, 0] + steps.flatMap(\.self)
    }

    private static func step(_ step: FuzzStep, _ bytes: UInt8...) -> [UInt8] { [step.rawValue] + bytes }

    private static func ask(_ who: Who, _ call: CallNumber, _ template: Int, id: UInt8 = 1) -> [UInt8] {
        step(.request, who.rawValue, call.rawValue - 1, id, UInt8(template), 0)
    }

    private static func piece(_ bytes: [UInt8]) -> [UInt8] {
        bytes.count < 224
            ? [UInt8(bytes.count)] + bytes : [224 + UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    /// Every template of every call, by an agent and by an administrator, and what usually comes back.
    private static var calls: [[UInt8]] {
        CallNumber.allCases.flatMap { call in
            (FuzzTemplates.requests[call] ?? []).indices.flatMap { template in
                [Who.one, .admin].map { who in
                    program([
                        ask(who, call, template), step(.contextResult, 0, 1, 0), step(.recordRead, 0),
                        step(.policies, 1), step(.answer, 0, 0, 0), step(.synced), step(.advance, 4),
                    ])
                }
            }
        }
    }

    private static let answer = step(.answer, 0, 0, 0)
    private static let refuse = step(.answer, 0, 14, 0)
    private static let minute = step(.advance, 11)

    private static var flows: [[[UInt8]]] {
        let newcomer = step(.connect, 0)
        let worker = [newcomer, step(.request, 5, 0, 1, 3, 0)]
        return [
            // A stream, its credit, its end; and one that its reader leaves.
            [ask(.one, .think, 2), step(.item, 0, 0), step(.credit, 2, 1, 5), step(.item, 0, 0), answer],
            [ask(.one, .think, 2), step(.item, 0, 0), step(.cancel, 2, 1), step(.advance, 6)],
            // A graph whose tasks take each other's outputs, answered, refused, and lost with their drivers.
            [ask(.one, .commitTask, 1), answer, answer, answer],
            [ask(.one, .commitTask, 1), refuse, refuse, refuse, refuse],
            [ask(.one, .commitTask, 1), answer, step(.driverExits, 1, 2), minute],
            [ask(.one, .commitTask, 1), step(.driverExits, 0, 2), step(.driverExits, 0, 2), minute],
            // The same key twice, before and after a restart.
            [ask(.one, .commitTask, 2), ask(.one, .commitTask, 2, id: 2), step(.restart, 0)] + worker + [
                ask(.alpha, .commitTask, 2)
            ],
            // Followers of events and of tasks.
            [
                ask(.admin, .observe, 0), ask(.one, .observe, 3, id: 2), ask(.one, .commitTask, 0),
                ask(.two, .observe, 4), answer,
            ],
            // A driver that dies, comes back and registers; one that says too much; one that is restarted.
            [
                step(.driverExits, 0, 2), step(.advance, 3), step(.driverStarts, 0, 0), step(.driverRegisters, 5, 0),
                ask(.alpha, .think, 0),
            ],
            [step(.driverSays, 0, 3, 0x61, 0x62, 0x63, 0), step(.driverSays, 0, 0, 1), step(.driverExits, 0, 1)],
            [
                ask(.one, .think, 0), ask(.admin, .tuneSystem, 2), answer, step(.driverExits, 0, 0),
                step(.driverStarts, 0, 0),
            ],
            // An agent that offers a capability, works, and goes.
            worker + [ask(.one, .think, 3), answer, ask(.two, .think, 3), step(.disconnect, 5)],
            worker + [
                ask(.one, .commitTask, 4), step(.malformed, 5), newcomer, step(.request, 6, 0, 1, 3, 0),
                step(.disconnect, 5),
            ],
            // A journal without room, a store that is away, a drain, a restart that loses what was not durable.
            [step(.journalRoom, 1), ask(.one, .commitTask, 0), ask(.admin, .tuneSystem, 0), step(.journalRoom, 0)],
            [
                step(.store, 1, 1), ask(.one, .remember, 0), step(.store, 0, 1), ask(.one, .remember, 0, id: 2),
                step(.contextResult, 3, 1, 0),
            ],
            [
                ask(.admin, .tuneSystem, 0), ask(.one, .think, 0), ask(.admin, .tuneSystem, 1, id: 2),
                ask(.one, .think, 0, id: 2), answer,
            ],
            [
                ask(.one, .commitTask, 1), answer, step(.restart, 1, 0), step(.driverStarts, 0, 0),
                step(.driverRegisters, 0, 0), answer,
            ],
            [ask(.one, .think, 1), step(.operatorAsks, 0), answer, step(.advance, 6)],
            // A stranger's frame in two pieces.
            [
                newcomer, step(.bytes, 5) + piece(Array(frame.prefix(9))),
                step(.bytes, 5) + piece(Array(frame.dropFirst(9))),
            ],
        ]
    }

    private static let frame = FrameHeader(kind: .request, call: 1, requestID: 1).frame(
        payload: RegisterAgentRequest(name: "raw").encoded())

    /// One module each; together they use most of the language.
    private static var policies: [[UInt8]] {
        (0..<24).flatMap { GeneratedPolicy(seed: $0).modules.prefix(1) }.map {
            [FuzzTarget.rego.rawValue] + Array($0.utf8)
        }
    }

    private static var readers: [[UInt8]] {
        let texts: [(FuzzTarget, String)] = [
            (.json5, "// x\n{a: 1, 'b': [+.5e1, 0x1F, Infinity,], \"c\\u00e4\": null, d: {e: true}}"),
            (.json, "{\"a\":[1,2.50e-3,\"\\u20ac\\n\"],\"b\":{\"c\":null,\"d\":true}}"),
            (
                .rego,
                "package cam\n\ndefault allow := false\n\nallow if {\n\tsome x in [1, 2]\n\tx > 1\n\tstartswith(input.action, \"context.\")\n\tcount({y | y := input.caller.labels[_]}) == 1\n}\n\nf(x) := sprintf(\"%d\", [x + 1])\n\ndeny_reasons contains f(2)\n"
            ),
            (.contexts, "\u{5}redis://user:word@host:6379/1"),
        ]
        let record = JournalRecord(
            atNs: 1,
            decision: Decision(
                call: 2, agentID: 1, action: "a", allowed: true, ranking: [RankedExecutor(executor: "x", score: 1.5)],
                weights: Weights(performance: 0.5)),
            effect: .taskEnded(TaskEnded(taskID: 1, state: .succeeded, reason: "done"))
        ).encoded()
        return texts.map { [$0.rawValue] + Array($1.utf8) } + [
            [FuzzTarget.framing.rawValue] + frame + frame,
            [FuzzTarget.explanation.rawValue] + piece(record) + piece(record),
            [FuzzTarget.segment.rawValue, 0, 0, 3, 1, 2, 3, 0, 0, 255], [FuzzTarget.token.rawValue, 20, 1],
            [FuzzTarget.segment.rawValue, 0, 0, 3, 1, 2, 3, 24, 9, 5, 0, 1, 255, 7, 7],
            // Two values under one key, recalled and listed by an honest store; then a piece of another key.
            [FuzzTarget.store.rawValue, 0, 0, 0, 0, 0, 1, 2, 7, 8, 4, 0, 0, 0, 0, 0, 0, 0, 1, 1, 9, 4, 0, 0]
                + [0, 0, 0, 0, 2, 1, 4, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 4, 4, 0, 0],
            [FuzzTarget.store.rawValue, 0, 0, 0, 0, 0, 1, 1, 7, 4, 0, 0, 0, 0, 0, 1, 0, 1, 1, 8, 4, 0, 0]
                + [0, 0, 0, 1, 2, 1, 4, 0, 10, 2, 3, 1, 3],
            [FuzzTarget.signedHead.rawValue]
                + SignedHead(signing: MerkleFrontier(), epoch: 1, wallNanoseconds: 5, with: FuzzFixture.tokenKey)
                .encoded,
        ] + flows.map { [FuzzTarget.checkpoint.rawValue] + FuzzWorld.state(after: $0.flatMap(\.self)) }
            + Decoders.samples.map { [FuzzTarget.messages.rawValue] + $0 }
    }
}
