// Texts: sprintf as Go's fmt prints, searching and replacing, globs, quantities, bits; and sizes that are meant to hurt.

import Rego
import Testing

private func quote(_ text: String) -> String { Value.string(text).description }

/// The value of an expression whose `input.text` is a long text, or the code of the error.
private func evaluate(_ expression: String, text: String, budget: Budget) throws -> String {
    let evaluation = try CompiledPolicy(modules: []).prepare(entry: expression).evaluate(
        input: .object(members: [("text", .string(text))]), budget: budget)
    return evaluation.error?.code.rawValue ?? evaluation.value?.description ?? "nil"
}

@Suite struct TextTests {
    @Test(arguments: [
        ("%d %s %v %q %x %X", "[5, \"a\", \"b\", \"c\\\"\", \"hi\", 255]", "5 a b \"c\\\"\" 6869 FF"),
        ("%d|%s|%t|%f", "[\"a\", 1, true, 2]", "%!d(string=a)|%!s(int=1)|%!t(string=true)|%!f(int=2)"),
        ("%d %s", "[1.5, 1.5]", "%!d(float64=1.5) %!s(float64=1.5)"), ("%.2f", "[3]", "%!f(int=03)"),
        ("%5d|%-5d|%05d|%+d|% d|%-05d", "[1, 2, 3, 4, 5, 6]", "    1|2    |00003|+4| 5|6    "),
        (
            "%5s|%-5s|%.2s|%5.1s|%c|%U|%#U", "[\"a\", \"b\", \"héy\", \"xyz\", 65, 233, 233]",
            "    a|b    |hé|    x|A|U+00E9|U+00E9 'é'"
        ),
        ("%o %#o %b %#b %#x %O %x", "[8, 8, 5, 5, 255, 8, -255]", "10 010 101 0b101 0xff 0o10 -ff"),
        ("%.3d|%5.3d|%.0d|%03d", "[7, 7, 0, -7]", "007|  007||-07"),
        ("%q %q %+q %#q", "[65, \"é\\n\", \"é\", \"a\"]", "'A' \"é\\n\" \"\\u00e9\" `a`"),
        (
            "%f %.1f %.0f %e %.2E %g", "[1.5, 0.25, 2.5, 12345.678, 0.00012345, 0.1]",
            "1.500000 0.2 2 1.234568e+04 1.23E-04 0.1"
        ),
        ("%v %v %v %v", "[1234567.5, 123456.5, 0.0001, 0.00001234]", "1.2345675e+06 123456.5 0.0001 1.234e-05"),
        (
            "%.2f %.20f %6.2f|%-8.3f|%08.3f|%+.1f", "[1.005, 0.1, 3.14159, 3.14159, -3.14159, 3.14159]",
            "1.00 0.10000000000000000555   3.14|3.142   |-003.142|+3.1"
        ),
        ("%.3g %.10g %G", "[1234.5678, 1234.5678, 1234567.5]", "1.23e+03 1234.5678 1.2345675E+06"),
        (
            "%s %d %v %x %020d %t",
            "[123456789012345678901234567890, 123456789012345678901, -123456789012345678901, 18446744073709551616, 18446744073709551616, 18446744073709551616]",
            "123456789012345678901234567890 123456789012345678901 -123456789012345678901 10000000000000000 18446744073709551616 %!t(big.Int=18446744073709551616)"
        ),
        ("%v %s", "[{\"a\": [1, {2}]}, null]", "{\"a\": [1, {2}]} null"), ("%v", "[2e308]", "2e308"),
        ("%[2]d %[1]d %d", "[1, 2]", "2 1 2"), ("%[3]d", "[1]", "%!d(BADINDEX)"), ("%[x]d", "[1]", "%!d(BADINDEX)"),
        ("%[1]*[2]d|", "[5, 7]", "    7|"), ("%[3]*.[2]*[1]f", "[12.5, 2, 6]", " 12.50"),
        ("%*d|%-*d|%.*f", "[4, 1, 4, 2, 1, 2.55]", "   1|2   |2.5"),
        ("%*d", "[\"a\", 1]", "%!(BADWIDTH)1"), ("%.*d", "[\"a\", 1]", "%!(BADPREC)1"), ("%*d", "[-4, 1]", "1   "),
        ("%", "[]", "%!(NOVERB)"), ("%5", "[1]", "%!(NOVERB)%!(EXTRA int=1)"), ("%%%d", "[1]", "%1"),
        ("%z", "[1]", "%!z(int=1)"),
        ("%d", "[]", "%!d(MISSING)"), ("x", "[1, \"a\", 1.5]", "x%!(EXTRA int=1, string=a, float64=1.5)"),
        ("%T %T %T %T", "[1, \"a\", 1.5, [1]]", "int string float64 string"),
        ("%99999999d", "[1]", "%!(NOVERB)%!(EXTRA int=1)"),
        ("%+v %#v %#v", "[5, \"a\", 5]", "5 \"a\" 5"),
        ("% x|%# x|%x", "[\"abc\", \"ab\", \"\"]", "61 62 63|0x61 0x62|"),
        ("%é", "[1]", "%!é(int=1)"),
    ])
    func printsAsGoDoes(_ format: String, _ arguments: String, _ wanted: String) throws {
        #expect(try RegoTests.evaluate("sprintf(\(quote(format)), \(arguments))") == quote(wanted))
    }

    @Test(arguments: [
        ("upper(\"straße ΐ ᾳ ǆ ﬁ\")", "\"STRAßE ΐ ᾼ Ǆ ﬁ\""), ("lower(\"İIÉΣ\")", "\"iiéσ\""),
        ("strings.replace_n({\"a\": \"b\", \"b\": \"a\"}, \"aabb\")", "\"bbaa\""),
        ("strings.replace_n({\"\": \"-\"}, \"é1\")", "\"-é-1-\""),
        ("strings.replace_n({\"\": \"-\", \"a\": \"b\"}, \"aa\")", "\"-b-b-\""),
        ("strings.replace_n({\"a\": \"1\", \"aa\": \"2\"}, \"aaa\")", "\"111\""),
        ("strings.replace_n({1: \"1\"}, \"aaa\")", "nil"),
        ("replace(\"aXbX\", \"X\", \"\")", "\"ab\""), ("replace(\"é\", \"\", \"-\")", "\"-é-\""),
        ("indexof_n(\"ababa\", \"aba\")", "[0, 2]"), ("indexof_n(\"éaéa\", \"éa\")", "[0, 2]"),
        ("indexof(\"aab\", \"ab\")", "1"),
        ("contains(\"aaab\", \"aab\")", "true"), ("contains(\"\", \"\")", "true"), ("contains(\"a\", \"\")", "true"),
        ("strings.count(\"aaa\", \"aa\")", "1"), ("split(\"a--b\", \"-\")", "[\"a\", \"\", \"b\"]"),
        ("format_int(-15.9, 10)", "\"-15\""),
        ("format_int(1208925819614629174706176, 16)", "\"100000000000000000000\""),
        ("units.parse(\"0.00000000016\")", "2e-10"), ("units.parse(\"1.5m\")", "0.0015"),
        ("units.parse(\"5.\")", "5"),
        ("units.parse_bytes(\"10B\")", "nil"), ("units.parse_bytes(\"-1.5\")", "-1"),
        ("units.parse_bytes(\"1 KB\")", "nil"),
        ("units.parse_bytes(\"KB\")", "nil"), ("units.parse(\"1kb\")", "nil"),
        ("units.parse(\"1e1000000000k\")", "nil"),
        ("bits.and(36893488147419103235, -2)", "36893488147419103234"),
        ("bits.or(-36893488147419103232, 1)", "-36893488147419103231"),
        ("bits.xor(-1, 18446744073709551616)", "-18446744073709551617"),
        ("bits.negate(18446744073709551615)", "-18446744073709551616"),
        ("bits.negate(9223372036854775807)", "-9223372036854775808"), ("bits.rsh(36893488147419103232, 64)", "2"),
        ("bits.rsh(-36893488147419103233, 1)", "-18446744073709551617"), ("bits.rsh(-1, 100000000000000000000)", "-1"),
        ("bits.lsh(-1, 64)", "-18446744073709551616"), ("bits.lsh(1, 9223372036854775807)", "nil"),
        ("bits.and(1.5, 1)", "nil"),
        ("glob.match(\"[abc-z]\", null, \"-\")", "true"), ("glob.match(\"[abc-z]\", null, \"d\")", "false"),
        ("glob.match(\"[a-zA-Z]\", null, \"B\")", "nil"), ("glob.match(\"[!a-c]x\", null, \"dx\")", "true"),
        ("glob.match(\"{a,{b,c}d}*\", [], \"cdx\")", "true"), ("glob.match(\"a,b}\", [], \"a,b}\")", "true"),
        ("glob.match(\"\", [], \"\")", "true"), ("glob.match(\"\\\\*\", [], \"*\")", "true"),
        ("glob.match(\"{a\", [], \"a\")", "nil"),
        ("glob.quote_meta(\"*.a,{b}[c]?\\\\\")", "\"\\\\*.a,\\\\{b\\\\}\\\\[c\\\\]\\\\?\\\\\\\\\""),
        (
            "json.marshal_with_options({\"<\": \"&\"}, {\"indent\": \" \"})",
            "\"{\\n \\\"\\\\u003c\\\": \\\"\\\\u0026\\\"\\n}\""
        ),
        ("json.marshal_with_options([1], {\"prefix\": \"> \", \"indent\": \"\"})", "\"> [\\n> 1\\n> ]\""),
        ("json.marshal_with_options([1], {\"prefix\": \"> \", \"pretty\": false})", "\"[1]\""),
        ("json.patch({\"a\": 1}, [{\"op\": \"test\", \"path\": \"/a\"}])", "nil"),
        ("json.patch([1, 2], [{\"op\": \"remove\", \"path\": \"/01\"}])", "nil"),
        ("json.patch([1, 2], [{\"op\": \"remove\", \"path\": \"/+1\"}])", "nil"),
        ("json.patch({}, [{\"op\": \"test\", \"path\": \"/b\", \"value\": null}])", "nil"),
        ("urlquery.decode_object(\"a=1;b=2\")", "nil"),
        ("urlquery.decode_object(\"a=1&&a=2&b\")", "{\"a\": [\"1\", \"2\"], \"b\": [\"\"]}"),
        ("opa.runtime()", "{}"),
    ])
    func gives(_ expression: String, _ wanted: String) throws {
        #expect(try RegoTests.evaluate(expression) ?? "nil" == wanted)
    }

    /// Each would take hours, or gigabytes, if it took time or memory with the square of what it is given.
    @Test(arguments: [
        "count(indexof_n(input.text, `a`)) > 0",
        "contains(input.text, concat(``, [substring(input.text, 0, 100000), `b`]))",
        "indexof(input.text, concat(``, [substring(input.text, 0, 100000), `b`]))", "count(split(input.text, `a`)) > 0",
        "count(replace(input.text, `a`, input.text))", "count(replace(input.text, ``, input.text))",
        "count(strings.replace_n({`a`: input.text, ``: input.text}, input.text))",
        "sprintf(`%1000000d%1000000d`, [1, 2])",
        "sprintf(`%.1000000f%.1000000f`, [1.5, 2.5])", "strings.reverse(input.text)", "upper(input.text)",
        "glob.match(input.text, [], input.text)", "glob.match(replace(input.text, `a`, `*`), null, ``)",
        "glob.match(replace(input.text, `a`, `{`), null, ``)", "glob.match(replace(input.text, `a`, `[`), null, ``)",
        "glob.match(replace(input.text, `a`, `?*`), null, `aaaa`)", "regex.globs_match(input.text, `a*`)",
        "format_int(bits.lsh(1, 20000), 2)", "units.parse(input.text)",
        "units.parse_bytes(replace(input.text, `a`, `9`))",
        "to_number(replace(input.text, `a`, `9`))", "bits.lsh(1, 1000000000)", "trim(input.text, input.text)",
        "json.unmarshal(replace(input.text, `a`, `[`))", "yaml.unmarshal(replace(input.text, `a`, `{`))",
        "yaml.marshal([x | some x in split(input.text, ``)])", "urlquery.decode(replace(input.text, `a`, `%`))",
        "base64.decode(input.text)", "hex.decode(input.text)", "semver.compare(input.text, input.text)",
    ])
    func hugeTextsAreBounded(_ expression: String) throws {
        let text = String(repeating: "a", count: 200_000)
        let clock = ContinuousClock()
        let time = try clock.measure {
            _ = try evaluate(expression, text: text, budget: Budget(steps: 1_000_000, memoryBytes: 1 << 28))
        }
        #expect(time < .seconds(20), "\(expression)")
    }

    @Test(arguments: [
        "contains(input.text, `b`)", "upper(input.text)", "sum(input.numbers)", "base64.is_valid(input.text)",
        "array.reverse(input.numbers)", "regex.match(`b`, input.text)", "glob.match(`*b`, [], input.text)",
    ])
    func noStepDoesUnboundedWork(_ expression: String) throws {
        let input = Value.object(members: [
            ("numbers", .array((0..<50_000).map { .int($0) })),
            ("text", .string(String(repeating: "a", count: 200_000))),
        ])
        let query = try CompiledPolicy(modules: []).prepare(
            entry: "[x | some i in numbers.range(1, 20000); x := [i, \(expression)]]")
        let evaluation = query.evaluate(input: input, budget: Budget(steps: 200_000))
        #expect(evaluation.error?.code == .cancel)
    }

    @Test func textsOfBytesThatAreNoUTF8AreRepaired() throws {
        #expect(try RegoTests.evaluate("hex.decode(\"ff41\")") == "\"\u{FFFD}A\"")
        #expect(try RegoTests.evaluate("urlquery.decode(\"%C3%28\")") == "\"\u{FFFD}(\"")
        #expect(try RegoTests.evaluate("base64.decode(\"/w==\")") == "\"\u{FFFD}\"")
        #expect(try RegoTests.evaluate("json.unmarshal(\"\\\"\\\\ud800\\\"\")") == "\"\u{FFFD}\"")
    }
}
