// regex.*: what Go's regexp gives, and what no pattern or text may do.

import Rego
import Testing

/// A Rego string literal.
private func quote(_ text: String) -> String { Value.string(text).description }

@Suite struct RegexTests {
    @Test(arguments: [
        ("regex.match(`^a+$`, \"aaa\")", "true"), ("regex.match(`b`, \"aaa\")", "false"),
        ("regex.match(``, \"\")", "true"), ("regex.match(`(?i)É`, \"é\")", "true"), ("regex.match(`[`, \"a\")", "nil"),
        ("regex.match(`(a)\\1`, \"aa\")", "nil"), ("regex.match(`\\C`, \"a\")", "nil"),
        ("regex.match(`(?<word>a)`, \"a\")", "true"), ("regex.match(`[(?<]`, \"P\")", "false"),
        ("regex.match(`[[:alpha:](?<]`, \"P\")", "true"), ("regex.match(`\\Q(?<\\E`, \"(?<\")", "true"),
        ("regex.match(`[]a]`, \"]\")", "true"), ("regex.match(`a{1001}`, \"a\")", "nil"),
        ("regex.is_valid(`a{1001}`)", "false"), ("regex.is_valid(1)", "false"), ("regex.is_valid(`\\pL+`)", "true"),
        ("regex.find_n(`a.`, \"paranormal\", -1)", "[\"ar\", \"an\", \"al\"]"),
        ("regex.find_n(`a*`, \"baac\", -1)", "[\"\", \"aa\", \"\"]"), ("regex.find_n(`a`, \"aa\", 1)", "[\"a\"]"),
        ("regex.find_n(``, \"é1\", -1)", "[\"\", \"\", \"\"]"), ("regex.find_n(`\\B`, \"é\", -1)", "[\"\", \"\"]"),
        (
            "regex.find_all_string_submatch_n(`(a)|(b)`, \"ab\", -1)",
            "[[\"a\", \"a\", \"\"], [\"b\", \"\", \"b\"]]"
        ),
        ("regex.split(`,`, \"a,b,\")", "[\"a\", \"b\", \"\"]"), ("regex.split(``, \"héy\")", "[\"h\", \"é\", \"y\"]"),
        ("regex.split(`x*`, \"axbxc\")", "[\"a\", \"b\", \"c\"]"), ("regex.split(`a`, \"\")", "[\"\"]"),
        ("regex.split(``, \"\")", "[]"),
        ("regex.replace(\"John Smith\", `(?P<a>\\w+) (\\w+)`, \"$2 ${a}$$ $1x $ ${\")", "\"Smith John$  $ ${\""),
        ("regex.replace(\"abc\", `x*`, \"-\")", "\"-a-b-c-\""), ("regex.replace(\"aaa\", `a`, \"$0$0\")", "\"aaaaaa\""),
        ("regex.replace(\"é\", ``, \"-\")", "\"-é-\""), ("regex.replace(\"a\", `(b)?a`, \"<$1$7$01>\")", "\"<>\""),
        ("regex.template_match(\"urn:{[a-z]{2,3}}:x\", \"urn:abc:x\", \"{\", \"}\")", "true"),
        ("regex.template_match(\"urn.foo:{.*}\", \"urn-foo:bar\", \"{\", \"}\")", "false"),
        ("regex.template_match(\"a:{.*\", \"a:b\", \"{\", \"}\")", "nil"),
        ("regex.template_match(\"a:}{\", \"a:b\", \"{\", \"}\")", "nil"),
        ("regex.template_match(\"a:<.*>\", \"a:b\", \"<<\", \">\")", "nil"),
        ("regex.template_match(\"a:<a)(b>\", \"a:ab\", \"<\", \">\")", "nil"),
        ("regex.globs_match(\"a.a.\", \".b.b\")", "true"), ("regex.globs_match(\"[a-z]+\", \"[0-9]*\")", "false"),
        ("regex.globs_match(\"a*\", \"b*\")", "false"), ("regex.globs_match(\"a*b*\", \"b*a*\")", "true"),
        ("regex.globs_match(`\\.+`, \".\")", "true"), ("regex.globs_match(\"[]\", \".\")", "false"),
        ("regex.globs_match(\"+a\", \"a\")", "nil"), ("regex.globs_match(\"[a\", \"a\")", "nil"),
        ("regex.globs_match(\"[z-a]\", \"a\")", "nil"), ("regex.globs_match(\"a++\", \"a\")", "nil"),
        ("regex.globs_match(\"[a-]\", \"a\")", "nil"), ("regex.globs_match(\"a\\\\\", \"a\")", "nil"),
    ])
    func gives(_ expression: String, _ wanted: String) throws {
        #expect(try evaluate(expression) ?? "nil" == wanted)
    }

    @Test(arguments: [
        "(x+x+)+y", "(a|a)*b", "(.*)(.*)(.*)(.*)(.*)[^x]$", "([ab]*a)[ab]{60}c", "(?i)(\\pL*\\d)*$",
        "((((a{30}){30})?)*)b",
    ])
    func matchingTakesTimeInProportionWhateverThePattern(_ pattern: String) throws {
        let text = String(repeating: "x", count: 20_000) + String(repeating: "ab", count: 20_000)
        for builtin in ["regex.match", "regex.split"] {
            _ = try evaluate("\(builtin)(\(quote(pattern)), \(quote(text)))")
        }
        _ = try evaluate("regex.replace(\(quote(text)), \(quote(pattern)), \"$1\")")
    }

    @Test func hugePatternsAreErrorsAndNotMemory() throws {
        let patterns = [
            String(repeating: "a", count: 200_000), String(repeating: "(", count: 90_000),
            String(repeating: "(a{1000}){1000}", count: 20), String(repeating: "\\pL{900}", count: 20),
            String(repeating: "(?:", count: 20_000) + "a" + String(repeating: ")*", count: 20_000),
            String(repeating: "[^", count: 1000), String(repeating: "a|", count: 40_000), "\\",
        ]
        for pattern in patterns {
            _ = try evaluate("regex.match(\(quote(pattern)), \"a\")")
            _ = try evaluate("regex.globs_match(\(quote(pattern)), \"a.b+\")")
            _ = try evaluate("regex.template_match(\(quote(pattern)), \"a\", \"(\", \")\")")
        }
        #expect(try evaluate("regex.match(\(quote(String(repeating: "a", count: 200_000))), \"a\")") == nil)
    }

    @Test func manyMatchesAndLongReplacementsAreBoundedByTheBudget() throws {
        let policy = try CompiledPolicy(modules: [
            Module(
                parsing: """
                    package a
                    found := count(regex.find_n(`a`, input.text, -1))
                    replaced := count(regex.replace(input.text, `a`, input.text))
                    globs if regex.globs_match(input.text, input.text)
                    """, file: "a.rego")
        ])
        let input = Value.object(members: [("text", .string(String(repeating: "a", count: 200_000)))])
        for entry in ["found", "replaced", "globs"] {
            let evaluation = try policy.prepare(entry: "data.a.\(entry)").evaluate(
                input: input, budget: Budget(steps: 200_000))
            #expect(evaluation.error?.code == .cancel, "\(entry)")
        }
    }

    @Test func threadsShareExpressions() async throws {
        let policy = try CompiledPolicy(modules: [
            Module(parsing: "package a\np if regex.match(sprintf(`^x{%d}$`, [input.n]), input.text)\n", file: "a.rego")
        ])
        let query = try policy.prepare(entry: "data.a.p")
        await withTaskGroup(of: Bool.self) { group in
            for n in 1...800 {
                group.addTask {
                    let text = String(repeating: "x", count: n % 400)
                    let input = Value.object(members: [("n", .int(n % 400)), ("text", .string(text))])
                    return query.evaluate(input: input).value == .bool(true)
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test func aConstantPatternThatIsNoneIsNotedAtLoad() throws {
        let policy = try CompiledPolicy(modules: [
            Module(
                parsing: """
                    package a
                    p if regex.match(`[`, input.x)
                    else if regex.replace(input.x, `(`, "") == "y"
                    q if regex.match(`a+`, input.x)
                    r if regex.is_valid(`[`)
                    """, file: "a.rego")
        ])
        #expect(policy.warnings.map(\.location.description) == ["a.rego:2:6", "a.rego:3:9"])
        #expect(policy.warnings.first?.message.contains("missing ]") == true)
    }
}
