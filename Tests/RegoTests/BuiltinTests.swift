// Builtins, one line each: an expression and what it is.

import Rego
import Testing

@Suite struct BuiltinTests {
    @Test(arguments: [
        (
            "sprintf(\"%s is %d, %v %5.2f|%-4s|%04d %x\", [\"a\", 1, {\"k\": [true]}, 2.345, \"b\", 7, 255])",
            "\"a is 1, {\\\"k\\\": [true]}  2.35|b   |0007 ff\""
        ),
        ("sprintf(\"%d\", [])", "\"%!d(MISSING)\""),
        ("concat(\",\", {\"b\", \"a\"})", "\"a,b\""),
        ("split(\"a,b,\", \",\")", "[\"a\", \"b\", \"\"]"),
        ("substring(\"héllo\", 1, 3)", "\"éll\""), ("substring(\"abc\", 1, -1)", "\"bc\""),
        ("substring(\"abc\", -1, 1)", "nil"),
        ("indexof(\"héllo\", \"l\")", "2"), ("indexof_n(\"banana\", \"an\")", "[1, 3]"),
        ("replace(\"aaa\", \"a\", \"b\")", "\"bbb\""), ("trim(\"xxaxx\", \"x\")", "\"a\""),
        ("trim_space(\" \\n a \\t\")", "\"a\""), ("trim_prefix(\"abc\", \"ab\")", "\"c\""),
        ("trim_suffix(\"abc\", \"bc\")", "\"a\""), ("upper(\"aé\")", "\"AÉ\""), ("strings.reverse(\"héy\")", "\"yéh\""),
        ("count(\"héy\")", "3"), ("strings.any_prefix_match([\"ab\", \"cd\"], {\"c\"})", "true"),
        ("format_int(255, 16)", "\"ff\""), ("to_number(\"1.50\")", "1.5"), ("to_number(\"x\")", "nil"),
        ("max([])", "nil"), ("min({3, 1})", "1"), ("sum([1.5, 2.5])", "4"),
        ("sort({\"b\", 1, null})", "[null, 1, \"b\"]"),
        ("array.slice([1, 2, 3], -1, 2)", "[1, 2]"), ("array.concat([1], [2])", "[1, 2]"),
        ("object.get({\"a\": {\"b\": 1}}, [\"a\", \"b\"], 0)", "1"), ("object.get({}, \"a\", 0)", "0"),
        ("object.union({\"a\": {\"b\": 1}}, {\"a\": {\"c\": 2}})", "{\"a\": {\"b\": 1, \"c\": 2}}"),
        ("object.remove({\"a\": 1, \"b\": 2}, [\"a\"])", "{\"b\": 2}"),
        ("object.subset({\"a\": 1, \"b\": {\"c\": 2}}, {\"b\": {}})", "true"),
        ("union({{1}, {2}})", "{1, 2}"), ("intersection({{1, 2}, {2, 3}})", "{2}"),
        ("json.marshal({\"a\": [1, \"<\"]})", "\"{\\\"a\\\":[1,\\\"\\\\u003c\\\"]}\""),
        ("json.unmarshal(\"[1, {}]\")", "[1, {}]"), ("json.unmarshal(\"[\")", "nil"), ("json.is_valid(\"[\")", "false"),
        ("json.patch({\"a\": [1]}, [{\"op\": \"add\", \"path\": \"/a/-\", \"value\": 2}])", "{\"a\": [1, 2]}"),
        ("json.remove({\"a\": {\"b\": 1, \"c\": 2}}, [\"a/b\"])", "{\"a\": {\"c\": 2}}"),
        ("base64.encode(\"hi?>\")", "\"aGk/Pg==\""), ("base64url.decode(\"aGk_Pg\")", "\"hi?>\""),
        ("base64.decode(\"a\")", "nil"), ("hex.encode(\"é\")", "\"c3a9\""), ("urlquery.encode(\"a b&\")", "\"a+b%26\""),
        ("glob.match(\"*.example.com\", [], \"a.example.com\")", "true"),
        ("glob.match(\"*.example.com\", [], \"a.b.example.com\")", "false"),
        ("glob.match(\"a:**:z\", [\":\"], \"a:b:c:z\")", "true"), ("glob.match(\"{a,b[cd]}?\", null, \"bcx\")", "true"),
        ("glob.match(\"[\", null, \"[\")", "nil"),
        ("net.cidr_contains(\"10.0.0.0/8\", \"10.1.2.3\")", "true"),
        ("net.cidr_contains(\"2001:db8::/32\", \"2001:db8::1\")", "true"),
        ("net.cidr_merge([\"10.0.0.0/25\", \"10.0.0.128/25\"])", "{\"10.0.0.0/24\"}"),
        ("semver.compare(\"1.0.0-rc.1\", \"1.0.0\")", "-1"), ("semver.is_valid(\"1.0\")", "false"),
        ("units.parse_bytes(\"1.5KiB\")", "1536"), ("units.parse(\"100m\")", "0.1"),
        ("bits.lsh(1, 70)", "1180591620717411303424"),
        ("time.date(1582977600000000000)", "[2020, 2, 29]"), ("time.weekday(0)", "\"Thursday\""),
        ("time.parse_rfc3339_ns(\"1970-01-01T01:00:00.5+01:00\")", "500000000"),
        ("time.parse_duration_ns(\"1h0.5s\")", "3600500000000"), ("time.parse_duration_ns(\"1\")", "nil"),
        ("graph.reachable({\"a\": [\"b\"], \"b\": [\"a\"], \"c\": []}, {\"a\"})", "{\"a\", \"b\"}"),
        ("[p | walk({\"a\": [1]}, [p, 1])]", "[[\"a\", 0]]"),
        ("\"a\" in [\"a\"]", "true"), ("0, \"a\" in [\"a\"]", "true"), ("\"k\" in {\"k\": 1}", "false"),
    ])
    func gives(_ expression: String, _ wanted: String) throws {
        let needsBody = expression.hasPrefix("0, ")
        #expect(try evaluate(needsBody ? "(\(expression))" : expression) ?? "nil" == wanted)
    }

    @Test func aGlobTakesTimeInProportion() throws {
        let pattern = String(repeating: "*a", count: 200)
        let text = String(repeating: "a", count: 400) + "b"
        #expect(try evaluate("glob.match(\"\(pattern)\", null, \"\(text)\")") == "false")
    }

    @Test(arguments: [
        "json.match_schema({}, {})", "http.sendx({})", "graphql.parse(`a`, `b`)", "rego.parse_module(`a`, `b`)",
    ])
    func whatIsNotOfferedIsRefusedAtLoad(_ expression: String) {
        #expect(throws: RegoErrors.self) { try evaluate(expression) }
    }

    @Test func theNetworkIsAnErrorAndNeverUndefined() throws {
        let policy = try CompiledPolicy(modules: [
            Module(parsing: "package a\np if not http.send({\"method\": \"get\", \"url\": \"http://a\"}).ok\n", file: "a.rego")
        ])
        let strict = try policy.prepare(entry: "data.a.p").evaluate(input: nil, isStrict: true)
        #expect(strict.error?.code == .builtin)
    }
}
