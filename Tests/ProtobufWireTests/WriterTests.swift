// Goal: encoding leaves defaults out and keeps presence, sizes are exact, and buffers are reused.
// Method: bytes written by hand, sizes around each length of a varint.

import ABI
import ProtobufWire
import Testing

struct WriterTests {
    @Test func defaultsAreNotEncoded() {
        #expect(DecisionID().encoded().isEmpty)
        #expect(TaskSpec().encoded().isEmpty)
        #expect(Weights(performance: 0).encoded().isEmpty)
    }

    @Test func presentDefaultsAreEncoded() {
        #expect(Constraints(maxCostMicros: 0, minQuality: 0).encoded() == bytes("0800" + "190000000000000000"))
        #expect(Feature(value: .text("")).encoded() == bytes("1a00"))
        #expect(CallError(decisionID: DecisionID()).encoded() == bytes("0a00"))
        #expect(QueryPolicyResponse(reasons: ["", "a"]).encoded() == bytes("1a00" + "1a0161"))
        #expect(InclusionProof(path: [[], [1]]).encoded() == bytes("1a00" + "1a0101"))
    }

    @Test func minusZeroAndNaNAreNotDefaults() {
        #expect(Weights(performance: -0.0).encoded() == bytes("090000000000000080"))
        #expect(
            Weights(performance: Double(bitPattern: 0x7FF8_0000_0000_0001)).encoded() == bytes("09010000000000f87f"))
    }

    @Test func negativeInt32IsSignExtended() {
        #expect(Decision(pid: -1).encoded() == bytes("9001" + "ffffffffffffffffff01"))
    }

    @Test(arguments: 0..<64)
    func varintsRoundTripAtEveryWidth(shift: UInt64) throws {
        for value in [UInt64(1) << shift, (UInt64(1) << shift) &- 1, UInt64.max >> shift] {
            let message = DecisionID(epoch: value, sequence: ~value)
            let encoded = message.encoded()
            #expect(encoded.count == message.encodedSize())
            #expect(try DecisionID(decoding: encoded) == message)
        }
    }

    @Test(arguments: [
        0, 1, 124, 125, 126, 127, 128, 129, 16_380, 16_383, 16_384, 16_385, 2_097_150, 2_097_152, 2_100_000,
    ])
    func nestedLengthsAreFilledInAtEveryWidth(count: Int) throws {
        let message = InvokeUpcall(
            taskID: 7,
            parts: [InputPart(localID: "a", data: [UInt8](repeating: 9, count: count)), InputPart(localID: "b")],
            attempt: 1)
        let encoded = message.encoded()
        #expect(encoded.count == message.encodedSize())
        #expect(try InvokeUpcall(decoding: encoded) == message)
    }

    @Test func fieldsComeInTheOrderOfTheirNumbers() {
        let request = TuneSystemRequest(envelope: Envelope(depth: 1), dryRun: true, what: .weights(Weights()))
        #expect(request.encoded() == bytes("0a023001" + "1001" + "1a00"))
    }

    @Test func aBufferIsAppendedToAndKeepsItsCapacity() {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(1000)
        buffer.append(0xAA)
        var writer = ProtobufWriter(reusing: buffer)
        buffer = []
        DecisionID(epoch: 1).encode(into: &writer)
        buffer = writer.take()
        #expect(buffer == [0xAA, 0x08, 0x01])
        #expect(buffer.capacity >= 1000)
        #expect(writer.bytes.isEmpty)
    }
}
