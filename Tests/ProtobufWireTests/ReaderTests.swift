// Goal: the reader refuses every malformed or oversized input with the right problem and place, and reads what is legal
// but unusual. Method: bytes written by hand against messages of the ABI.

import ABI
import ProtobufWire
import Testing

struct ReaderTests {
    // MARK: Bad input

    @Test(arguments: [
        "1affffffffffffffffff01", "1affffffffffffffff7f",  // lengths of 2^64 - 1 and of 2^63 - 1
        "1a81808080808000", "808082808080008041",  // a length and a tag, padded beyond five bytes
    ])
    func tagsAndLengthsHaveAtMostFiveBytes(hex: String) {
        let error = #expect(throws: ProtobufError.self) { try DecisionID(decoding: bytes(hex)) }
        #expect(error?.problem == .varintTooLong)
    }

    @Test(arguments: [
        ("08", 1), ("0880", 2), ("088080", 3),  // a varint that does not end
        ("80", 1), ("ffff", 2),  // a tag that does not end
        ("1a0568656c6c", 2), ("1a", 1), ("1a80", 2),  // unknown field 3: length beyond the end, absent, cut off
        ("190102030405060708".dropLast(2).description, 1),  // unknown fixed64 of seven bytes
        ("1d010203", 1),  // unknown fixed32 of three bytes
        ("1affffffff0f", 6),  // a length of 2^32 - 1
    ])
    func inputThatEndsEarlyIsTruncated(hex: String, offset: Int) {
        let error = #expect(throws: ProtobufError.self) { try DecisionID(decoding: bytes(hex)) }
        #expect(error?.problem == .truncated)
        #expect(error?.offset == offset)
    }

    @Test(arguments: [
        "08ffffffffffffffffff02",  // 65 bits
        "08ffffffffffffffffff7f",
        "0880808080808080808080" + "00",  // eleven bytes
        "80808080808080808080" + "01",  // as a tag
        "1a80808080808080808080" + "00",  // as a length
    ])
    func varintsOverTenBytesOr64BitsAreRejected(hex: String) {
        #expect(problem(DecisionID.self, hex) == .varintTooLong)
    }

    @Test(arguments: ["00", "0100", "07", "0601", "0e", "0f", "ffffffff7f", "8080808010"])
    func tagsThatMeanNothingAreRejected(hex: String) {
        #expect(problem(DecisionID.self, hex) == .invalidTag)
    }

    @Test(arguments: ["0b", "0b0c", "1b081e1c", "0c", "1c"])
    func groupsAreRejected(hex: String) {
        #expect(problem(DecisionID.self, hex) == .groupNotSupported)
    }

    @Test(arguments: [
        "ff", "c0af", "e08080", "eda080", "f4908080", "f8888080" + "80", "80", "c3", "e282", "f09f98", "61ff62",
    ])
    func stringsThatAreNotUTF8AreRejected(contents: String) {
        let count = contents.count / 2
        let hex = "0a" + (count < 16 ? "0" : "") + String(count, radix: 16) + contents
        let error = #expect(throws: ProtobufError.self) { try Label(decoding: bytes(hex)) }
        #expect(error?.problem == .invalidUTF8)
        #expect(error?.fieldNumber == 1)
        #expect(error?.offset == 2 + count)
    }

    @Test func aFieldCannotReachBeyondTheMessageAroundIt() {
        // CallError.decision_id has two bytes, its epoch would need three.
        #expect(problem(CallError.self, "0a02088001") == .truncated)
        // Denial.action says five bytes where its message has three more.
        #expect(problem(CallError.self, "3a050a0561626364") == .truncated)
    }

    @Test func packedElementsCannotReachBeyondTheirField() {
        #expect(problem(CommunicateResponse.self, "12028001") == nil)
        #expect(problem(CommunicateResponse.self, "120180" + "01") == .truncated)
    }

    @Test func moreNestingThanAllowedIsRejected() {
        let limits = DecodeLimits(bytesMax: 100, depthMax: 1, elementBytesMax: 1000)
        #expect(problem(ArbitrateResponse.self, "0a00", limits) == nil)
        let twoDeep = ArbitrateResponse(ranking: [RankedExecutor(predicted: Prediction())]).encoded()
        let error = #expect(throws: ProtobufError.self) { try ArbitrateResponse(decoding: twoDeep, limits: limits) }
        #expect(error?.problem == .tooDeep)
        #expect(error?.fieldNumber == 6)
    }

    @Test func moreInputThanAllowedIsRejected() {
        let limits = DecodeLimits(bytesMax: 4, depthMax: 1, elementBytesMax: 100)
        #expect(problem(DecisionID.self, "08011001", limits) == nil)
        #expect(problem(DecisionID.self, "0801100100", limits) == .tooLarge)
    }

    @Test func sixteenMebibytesOfEmptyMessagesAreRefusedBeforeTheyFillMemory() {
        // Two bytes each on the wire, hundreds in memory.
        let tasks = [UInt8](unsafeUninitializedCapacity: 16 << 20) { buffer, count in
            for index in buffer.indices { buffer[index] = index % 2 == 0 ? 0x12 : 0 }
            count = buffer.count
        }
        let error = #expect(throws: ProtobufError.self) { try CommitTaskRequest(decoding: tasks) }
        #expect(error?.problem == .tooManyElements)
    }

    @Test func everyKindOfElementIsPaidFor() {
        let limits = DecodeLimits(bytesMax: 100, depthMax: 4, elementBytesMax: 31)
        #expect(problem(CommunicateResponse.self, "120401020304", limits) == .tooManyElements)
        #expect(problem(CommunicateResponse.self, "10011001100110" + "01", limits) == .tooManyElements)
        #expect(problem(CommunicateResponse.self, "1203010203", limits) == nil)
        #expect(problem(QueryPolicyResponse.self, "1a001a00", limits) == .tooManyElements)
        #expect(problem(InclusionProof.self, "1a00", limits) == .tooManyElements)
        #expect(problem(CommitTaskRequest.self, "1200", limits) == .tooManyElements)
    }

    @Test func whatWasAcceptedOnceCanBeReadBackFromALargerMessage() throws {
        let standard = DecodeLimits.standard
        #expect(DecodeLimits.stored.bytesMax > standard.bytesMax)
        #expect(DecodeLimits.stored.depthMax > standard.depthMax)
        #expect(DecodeLimits.stored.elementBytesMax > standard.elementBytesMax)
    }

    @Test func anErrorSaysWhatAndWhere() {
        let error = #expect(throws: ProtobufError.self) { try Label(decoding: bytes("0a01ff")) }
        #expect(error?.description == "not a valid message: a string is not valid UTF-8 in field 1, at byte 3")
    }

    // MARK: Legal but unusual

    @Test func noBytesAreAMessageOfDefaults() throws {
        #expect(try DecisionID(decoding: []) == DecisionID())
        #expect(try DecisionID(decoding: UnsafeRawBufferPointer(start: nil, count: 0)) == DecisionID())
    }

    @Test(arguments: ["1801", "190000000000000000", "1a03616263", "1d00000000", "f8ffffff0f01"])
    func unknownFieldsArePassedOver(unknown: String) throws {
        let decoded = try DecisionID(decoding: bytes("0807" + unknown + "1009"))
        #expect(decoded == DecisionID(epoch: 7, sequence: 9))
    }

    @Test func aKnownFieldOfAnotherWireTypeIsUnknown() throws {
        #expect(try DecisionID(decoding: bytes("0a0107" + "1009")) == DecisionID(sequence: 9))
        #expect(try Label(decoding: bytes("0801" + "120161")) == Label(value: "a"))
    }

    @Test func varintsMayBePaddedToTenBytes() throws {
        #expect(try DecisionID(decoding: bytes("0887" + "8080808080808080" + "00")).epoch == 7)
        #expect(try DecisionID(decoding: bytes("88808080" + "00" + "07")).epoch == 7)
    }

    @Test func thirtyTwoBitFieldsTakeTheLowBits() throws {
        #expect(try Credit(decoding: bytes("08ffffffffffffffffff01")).more == UInt32.max)
        #expect(try Decision(decoding: bytes("900180808080f0ffffffff01")).pid == 0)
    }

    @Test func packedAndUnpackedElementsMix() throws {
        let decoded = try CommunicateResponse(decoding: bytes("1001" + "12020203" + "1004" + "1200"))
        #expect(decoded.sentIDs == [1, 2, 3, 4])
    }

    @Test func packedEnumsKeepNumbersThatThisVersionDoesNotKnow() throws {
        let decoded = try ObserveEvents(decoding: bytes("0a0c" + "01" + "63" + "ffffffffffffffffff01"))
        #expect(decoded.kinds == [.task, .unrecognized(99), .unrecognized(-1)])
        #expect(decoded.encoded() == bytes("0a0c" + "01" + "63" + "ffffffffffffffffff01"))
    }

    @Test func theLastScalarWinsAndMessagesMerge() throws {
        #expect(try DecisionID(decoding: bytes("08010802")).epoch == 2)
        let decoded = try CallError(decoding: bytes("0a020801" + "0a021002"))
        #expect(decoded.decisionID == DecisionID(epoch: 1, sequence: 2))
    }

    @Test func aOneofHoldsWhatCameLastAndMergesTheSameCase() throws {
        // Feature.number, then Feature.text.
        #expect(try Feature(decoding: bytes("110000000000000000" + "1a0161")).value == .text("a"))
        // RememberRequest.recall{key: "k"}, then recall{version: 3}: one case, merged.
        let merged = try RememberRequest(decoding: bytes("1a0312016b" + "1a021803"))
        #expect(merged.operation == .recall(RememberRequest.Recall(key: "k", version: 3)))
        // A store in between starts the recall afresh.
        let replaced = try RememberRequest(decoding: bytes("1a0312016b" + "1200" + "1a021803"))
        #expect(replaced.operation == .recall(RememberRequest.Recall(version: 3)))
    }

    @Test func presenceIsToldApartFromTheDefault() throws {
        #expect(try Constraints(decoding: []).maxCostMicros == nil)
        #expect(try Constraints(decoding: bytes("0800")).maxCostMicros == 0)
        #expect(try CallError(decoding: bytes("0a00")).decisionID == DecisionID())
    }

    // MARK: Helpers

    private func problem<Message: ProtobufMessage>(
        _ type: Message.Type, _ hex: String, _ limits: DecodeLimits = .standard
    ) -> ProtobufError.Problem? {
        do throws(ProtobufError) {
            _ = try Message(decoding: bytes(hex), limits: limits)
            return nil
        } catch {
            return error.problem
        }
    }
}

/// The bytes that hexadecimal digits stand for.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    precondition(digits.count == hex.count && digits.count % 2 == 0, "\(hex) is not hexadecimal")
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}
