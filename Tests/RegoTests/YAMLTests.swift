// yaml.*: what YAML means as JSON's values, what comes back, and documents that are meant to do harm.

import Rego
import Testing

private func quote(_ text: String) -> String { Value.string(text).description }

@Suite struct YAMLTests {
    @Test(arguments: [
        ("a: 1\nb: [x, 1.50, true, ~]\n", "{\"a\": 1, \"b\": [\"x\", 1.5, true, null]}"), ("", "null"), ("# c", "null"),
        ("yes", "true"), ("off", "false"), ("\"yes\"", "\"yes\""), ("!!str yes", "\"yes\""), ("Null", "null"),
        ("0x1F", "31"), ("0o17", "15"), ("017", "15"), ("08", "8"), ("-0b101", "-5"), ("1_000", "1000"), ("+.5e1", "5"),
        ("1.", "1"), (".", "\".\""), ("-", "[null]"), ("1e3", "1000"), ("1e", "\"1e\""), ("0x", "\"0x\""),
        ("123456789123456789123", "123456789123456789123"), ("2001-01-01", "\"2001-01-01\""), (".inf", "nil"),
        ("12:30:45", "\"12:30:45\""), ("!!int \"7\"", "7"), ("!!int x", "nil"), ("!!float 1", "1"),
        ("!!binary aGk=", "\"hi\""), ("!!binary \"*\"", "nil"), ("!custom 7", "\"7\""), ("!!null ''", "null"),
        ("1: a\ntrue: b\n1.5: c", "{\"1\": \"a\", \"1.5\": \"c\", \"true\": \"b\"}"), ("~: 1", "nil"),
        ("[a]: 1", "nil"),
        ("a: &x {k: 1}\nb: *x", "{\"a\": {\"k\": 1}, \"b\": {\"k\": 1}}"), ("a: *x", "nil"), ("&a [*a]", "nil"),
        ("a: &x {k: 1, l: 2}\nb:\n  k: 3\n  <<: *x", "{\"a\": {\"k\": 1, \"l\": 2}, \"b\": {\"k\": 3, \"l\": 2}}"),
        ("<<: [{a: 1}, {a: 2, b: 3}]", "{\"a\": 1, \"b\": 3}"), ("<<: 1", "nil"), ("a: 1\na: 2", "{\"a\": 2}"),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y", "{\"a\": \"x\\ny\\n\", \"b\": \"x y\"}"), ("a\n---\nb", "\"a\""),
        ("a: b: c", "nil"), ("[1", "nil"), ("\u{1}", "nil"), ("%YAML 3.0\n---\n1", "nil"),
        ("{a, b: }", "{\"a\": null, \"b\": null}"),
        ("'é \u{1F600}'", "\"é \u{1F600}\""), ("\"\\ud800\"", "nil"), ("\"\\x41\"", "\"A\""),
    ])
    func reads(_ text: String, _ wanted: String) throws {
        #expect(try evaluate("yaml.unmarshal(\(quote(text)))") ?? "nil" == wanted)
        #expect(try evaluate("yaml.is_valid(\(quote(text)))") == (wanted == "nil" ? "false" : "true"))
    }

    @Test(arguments: [
        ("{\"b\": [1, {\"c\": null}], \"a\": \"x\"}", "a: x\nb:\n- 1\n- c: null\n"), ("[]", "[]\n"), ("{}", "{}\n"),
        ("{\"a\": {}, \"b\": []}", "a: {}\nb: []\n"), ("\"yes\"", "\"yes\"\n"), ("\"1\"", "\"1\"\n"),
        ("\"\"", "\"\"\n"),
        ("\"a: b\"", "'a: b'\n"), ("\"x\\ny\"", "|-\n  x\n  y\n"), ("{1, 2}", "- 1\n- 2\n"), ("{1: 2}", "\"1\": 2\n"),
        ("\"2001-01-01\"", "\"2001-01-01\"\n"), ("\"<<\"", "\"<<\"\n"), ("1.5", "1.5\n"), ("\"é\"", "é\n"),
    ])
    func writes(_ term: String, _ wanted: String) throws {
        #expect(try evaluate("yaml.marshal(\(term))") == quote(wanted))
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let texts = [
            "", " ", "\n", "a\n", "\n\n a", "- x", "#", "a #b", "'", "\"", "\\", "\t", "~", "null", "0x10", "1e5",
            "1:2",
            "%", "@", "`", "!", "&a", "*a", "{", "|", ">", "?", ": ", "---", "...", "\u{0}", "\u{7F}", "\u{85}",
            "\u{2028}", "\u{FEFF}", "é", "\u{1F600}", String(repeating: "word ", count: 100), "trailing ", "a\r\nb",
        ]
        for text in texts {
            let term = "{\"k\": [\(quote(text)), {\(quote(text)): 1}]}"
            #expect(try evaluate("yaml.unmarshal(yaml.marshal(\(term))) == \(term)") == "true", "\(quote(text))")
        }
    }

    @Test func documentsThatAreMeantToDoHarmAreErrors() throws {
        var laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let aliases = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            laughs += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(try evaluate("yaml.unmarshal(\(quote(laughs)))") == "eval_cancel_error")
        #expect(try evaluate("yaml.is_valid(\(quote(laughs)))") == "eval_cancel_error")
        for text in [
            String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 2_000),
            String(repeating: "- ", count: 100_000) + "a", String(repeating: "? ", count: 5_000),
            String(repeating: "&a ", count: 10_000), String(repeating: "!", count: 10_000),
            "\"" + String(repeating: "\\", count: 10_001), String(repeating: " ", count: 100_000) + "a: b\n c",
        ] {
            _ = try evaluate("yaml.unmarshal(\(quote(text)))")
        }
    }
}
