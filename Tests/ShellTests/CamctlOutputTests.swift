// How camctl shows messages, numbers and ids.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire
import Testing

@testable import camctl

@Suite struct CamctlOutputTests {
    @Test func aMessageBecomesJSONWithTheFieldNamesOfTheProto() {
        let answer = ThinkResponse(
            decisionID: DecisionID(epoch: 3, sequence: 1042), output: Array("größe".utf8), contentType: "text/plain",
            usage: Usage(latencyUs: 12, costMicros: .max, units: 0), executor: "text-rank", taskID: 7, waitedUs: 1)
        #expect(
            JSONText(message: answer).renderedOnOneLine()
                == #"{"decision_id":"3-1042","output":"größe","content_type":"text/plain","#
                + #""usage":{"latency_us":12,"cost_micros":18446744073709551615,"units":0},"#
                + #""executor":"text-rank","task_id":7,"waited_us":1}"#)
    }

    @Test func choicesAbsentFieldsBytesAndListsAreShownAsTheyAre() {
        let stored = RememberResponse(result: .stored(RememberResponse.Stored(version: 4)))
        #expect(JSONText(message: stored).renderedOnOneLine() == #"{"stored":{"version":4}}"#)
        #expect(JSONText(message: ThinkItem(output: [0xFF, 0x00])).renderedOnOneLine() == #"{"output_base64":"/wA="}"#)
        let error = CallError(message: "no", retryAfterMs: 5)
        #expect(
            JSONText(message: error).renderedOnOneLine()
                == #"{"message":"no","field":"","expected":"","retry_after_ms":5,"correlation_id":""}"#)
        let task = TaskStatus(state: .outcomeUnknown)
        #expect(JSONText(message: task).renderedOnOneLine().contains(#""state":"outcome_unknown""#))
        let prediction = Prediction(latencyP50Us: 1)
        #expect(JSONText(message: prediction).renderedOnOneLine().hasPrefix(#"{"latency_p50_us":1,"latency_p99_us":0"#))
        let refs = RollbackTaskResponse(compensations: [1, 2], notUndone: ["a"])
        #expect(JSONText(message: refs).renderedOnOneLine().contains(#""compensations":[1,2],"not_undone":["a"]"#))
    }

    @Test func base64IsThatOfTheRFC() {
        let pairs = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, encoded) in pairs { #expect(Base64.encoded(Array(plain.utf8)) == encoded) }
    }

    @Test func numbersAreShownWithTheDigitsThatCount() {
        #expect(
            [0, 734, 12_345, 4_560_000, 185_000_000, 7_620_000_000, 356_400_000_000].map {
                Shown.duration(microseconds: $0)
            } == ["0 µs", "734 µs", "12.3 ms", "4.56 s", "3 min 5 s", "2 h 7 min", "4 d 3 h"])
        #expect([0, 1023, 1536, 20 << 20].map { Shown.bytes($0) } == ["0 B", "1023 B", "1.50 KiB", "20.0 MiB"])
        #expect(
            [9_994, 9_996, 99_949, 99_951].map { Shown.duration(microseconds: $0) } == [
                "9.99 ms", "10.0 ms", "99.9 ms", "100 ms",
            ])
        #expect([0, 1200, 3_000_001].map { Shown.cost(micros: $0) } == ["0.000000", "0.001200", "3.000001"])
    }

    @Test func whatIsExplainedIsReadFromItsText() {
        #expect(DecisionReference("3-1042") == .decision(DecisionID(epoch: 3, sequence: 1042)))
        #expect(DecisionReference("task:17") == .task(17))
        #expect(DecisionReference("task:") == nil)
        #expect(DecisionReference("") == nil)
        #expect(DecisionReference("c0ffee12") == .correlation("c0ffee12"))
        #expect(DecisionReference("3-x") == .correlation("3-x"))
        #expect(DecisionReference(String(repeating: "x", count: 129)) == nil)
    }

    @Test func eachErrorOfARefusalHasALineOfItsOwn() {
        let error = CallError(message: "the old ones stay: a.rego:1:1: x\n\ncamctl: b.rego:2:2: y\u{1B}")
        #expect(
            CallFailureText.lines(CallFailure(call: .tuneSystem, status: .failedPrecondition, error: error)) == [
                "camctl: tune_system: FAILED_PRECONDITION: the old ones stay: a.rego:1:1: x", "  ",
                "  camctl: b.rego:2:2: y\u{FFFD}",
            ])
    }

    @Test func aRefusalSaysWhatWouldMendIt() {
        let error = CallError(
            decisionID: DecisionID(epoch: 1, sequence: 9), message: "policy does not let a do b", field: "context.name",
            expected: "1 to 256 bytes", retryAfterMs: 20, denial: Denial(needed: "a label\u{1B}[2J"))
        let failure = CallFailure(call: .remember, status: .permissionDenied, error: error)
        #expect(
            CallFailureText.lines(failure) == [
                "camctl: remember: PERMISSION_DENIED: policy does not let a do b", "  field: context.name",
                "  expected: 1 to 256 bytes", "  needed: a label\u{FFFD}[2J", "  try again in 20 ms",
                "  'camctl explain 1-9' tells why",
            ])
        let json = CallFailureText.json(failure).renderedOnOneLine()
        #expect(
            json.hasPrefix(#"{"error":{"call":"remember","status":"PERMISSION_DENIED","detail":{"decision_id":"1-9""#))
    }

    @Test func aNameThatAnAgentChoseCannotMoveTheCursor() {
        let table = AgentsCommand.table([AgentStatus(agentID: 1, name: "a\u{1B}[2J")])
        #expect(!table.rendered(width: nil, bold: false).contains("\u{1B}"))
    }
}
