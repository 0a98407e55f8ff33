// Values: numbers are what they denote, strings are their bytes, everything has one order.

import Rego
import Testing

private func value(_ json: String) throws -> Value { try Value(json: json) }

/// What an expression evaluates to, as Rego writes it; nil when undefined.
func evaluate(_ expression: String, input: Value? = nil) throws -> String? {
    let query = try CompiledPolicy(modules: []).prepare(entry: expression)
    let evaluation = query.evaluate(input: input)
    if let error = evaluation.error { return "\(error.code.rawValue)" }
    return evaluation.value?.description
}

@Suite struct ValueTests {
    @Test func equalNumbersAreEqualHoweverTheyAreWritten() throws {
        #expect(try value("1e2") == value("100"))
        #expect(try value("3.50") == value("3.5"))
        #expect(try value("0.0") == value("-0"))
        #expect(try value("1e-400") != value("0"))
        #expect(try value("18446744073709551617") != value("18446744073709551616"))
        #expect(try value("[1e2]").hashValue == value("[100]").hashValue)
    }

    @Test func stringsAreComparedByTheirBytes() {
        #expect(Value.string("\u{E9}") != Value.string("e\u{301}"))
        #expect(Value.string("e\u{301}") < Value.string("\u{E9}"))
        #expect(Value.string("a") < Value.string("aa"))
        #expect(Value.string("\u{FFFF}") < Value.string("\u{10000}"))
    }

    @Test func everythingHasOneOrder() throws {
        let ascending = try [
            "null", "false", "true", "-1e400", "-2", "0", "0.5", "1", "1e400", "\"\"", "\"a\"", "[]", "[1]", "[1,0]",
            "[2]",
            "{}", "{\"a\":1}", "{\"a\":2}", "{\"b\":0}",
        ].map(value)
        for (i, a) in ascending.enumerated() {
            for (j, b) in ascending.enumerated() {
                #expect(a.compare(b).signum() == (i - j).signum(), "\(a) and \(b)")
                #expect((a == b) == (i == j))
            }
        }
    }

    @Test func jsonComesBackAsItWas() throws {
        for text in [
            "null", "[1,2.5,-3,1e400]", "{\"a\":{\"b\":[]},\"c\":\"\\u0001\\n\\\"\"}", "123456789012345678901234567890",
            "0.000001", "\"\u{1F600}\"",
        ] {
            #expect(try value(text).jsonText == text)
        }
        #expect(try value("\"\\ud83d\\ude00\"") == .string("\u{1F600}"))
        #expect(try value("{\"a\":1,\"a\":2}").jsonText == "{\"a\":2}")
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "01", "1.", ".5", "+1", "nul", "\"\n\"", "\"\\q\"", "\"\\u12\"", "1 2", "[1}",
        "{1:2}",
        "1e99999999999", "\u{FEFF}1",
    ])
    func refusesWhatIsNoJSON(_ text: String) { #expect(throws: JSONError.self) { try Value(json: text) } }

    @Test func deepJSONIsRefusedNotFatal() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try Value(json: text) }
    }

    @Test(arguments: [
        ("1 + 2", "3"), ("0.1 + 0.2", "0.3"), ("9223372036854775807 + 1", "9223372036854775808"),
        ("-9223372036854775808 - 1", "-9223372036854775809"), ("4611686018427387904 * 4", "18446744073709551616"),
        ("10 / 4", "2.5"), ("10 / 5", "2"), ("1 / 3", "0.33333333333333333334"), ("2 / 3", "0.6666666666666666667"),
        ("1 / 7", "0.14285714285714285714"), ("7 % 3", "1"), ("-7 % 3", "-1"),
        ("18446744073709551617 % 18446744073709551616", "1"), ("1.5 * 2", "3"), ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("ceil(-1.5)", "-1"), ("floor(-1.5)", "-2"), ("abs(-9223372036854775808)", "9223372036854775808"),
        ("1 / 0", "nil"), ("1 % 0", "nil"), ("1.5 % 2", "nil"), ("1e9999 * 1e9999", "nil"),
    ])
    func calculates(_ expression: String, _ wanted: String) throws {
        #expect(try evaluate(expression) ?? "nil" == wanted)
    }

    @Test func setsAndObjectsKnowTheirMembersWhateverTheOrder() throws {
        #expect(try evaluate("{3, 1, 2} == {1, 2, 3, 3.0}") == "true")
        #expect(try evaluate("{\"b\": 1, \"a\": 2}") == "{\"a\": 2, \"b\": 1}")
        #expect(try evaluate("{1, 2} | {2, 3}") == "{1, 2, 3}")
        #expect(try evaluate("{1, 2} & {2, 3}") == "{2}")
        #expect(try evaluate("{1, 2} - {2, 3}") == "{1}")
        #expect(try evaluate("{[1, {\"a\": {2}}]: true}[[1, {\"a\": {2}}]]") == "true")
    }
}
