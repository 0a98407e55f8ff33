// What a compiler must refuse: the code and the exact place of each, all of a file and not only the first.

import Rego
import Testing

/// `code line:column` of everything that is wrong.
private func errors(_ modules: String...) -> [String] {
    do throws(RegoErrors) {
        var parsed: [Module] = []
        for (index, text) in modules.enumerated() { parsed.append(try Module(parsing: text, file: "m\(index)")) }
        _ = try CompiledPolicy(modules: parsed)
        return []
    } catch {
        return error.errors.map {
            let code = $0.code.rawValue.dropFirst("rego_".count).dropLast("_error".count)
            return "\(code) \($0.location.file):\($0.location.line):\($0.location.column)"
        }
    }
}

@Suite struct CompileErrorTests {
    @Test(arguments: [
        // Syntax.
        ("allow := true\n", "parse m0:1:1"),
        ("package a\nallow { input.x }\n", "parse m0:2:7"),
        ("package a\np[\"x\"] { input.x }\n", "parse m0:2:8"),
        ("package a\np if {\n  input.x\n", "parse m0:4:1"),
        ("package a\nif := 1\n", "parse m0:2:1"),
        ("package a\np if { every x in [1] }\n", "parse m0:2:23"),
        ("package a\np := 1 +\n", "parse m0:3:1"),
        ("package a\np := \"\\q\"\n", "parse m0:2:6"),
        ("package a\np := 01\n", "parse m0:2:6"),
        ("package a\ndefault p := input.x\n", "parse m0:2:14"),
        ("package a\nimport foo.bar\n", "parse m0:2:8"),
        ("package a\nelse := 1\n", "parse m0:2:1"),
        ("package a\np if {}\n", "parse m0:2:6"),
        ("package a\npackage b\n", "parse m0:2:1"),
        ("package a\nimport rego.v1\nimport future.keywords.in\np := 1\n", "parse m0:3:1"),
        ("package a\np := \"é\" §\n", "parse m0:2:10"),
        // Unsafe variables.
        ("package a\np := x\n", "unsafe_var m0:2:6"),
        ("package a\nallow if user_is_admin\n", "unsafe_var m0:2:10"),
        ("package a\np if { not x == 1 }\n", "unsafe_var m0:2:12"),
        ("package a\np if { not input.a[i] == 1 }\n", "unsafe_var m0:2:20"),
        ("package a\np if { y > 1 }\n", "unsafe_var m0:2:8"),
        ("package a\nf(x) := y if { x == 1 }\n", "unsafe_var m0:2:9"),
        ("package a\np := [y | z := 1; z == 1]\n", "unsafe_var m0:2:7"),
        ("package a\np if { x = y; y = x }\n", "unsafe_var m0:2:8"),
        ("package a\np if { every x in xs { x > 0 } }\n", "unsafe_var m0:2:19"),
        // Recursion.
        ("package a\np if p\n", "recursion m0:2:1"),
        ("package a\np := data[input.x]\n", "recursion m0:2:1"),
        ("package a\nf(x) := 1 if x == 0\nf(x) := f(x - 1) if x > 0\n", "recursion m0:2:1"),
        // Types.
        ("package a\np if foo(1)\n", "type m0:2:6"),
        ("package a\np if foo.bar(1)\n", "type m0:2:6"),
        ("package a\np if startswith(\"a\")\n", "type m0:2:6"),
        ("package a\np := count(1)\n", "type m0:2:12"),
        ("package a\np := 1 + \"a\"\n", "type m0:2:10"),
        ("package a\np := 1\np contains 2\n", "type m0:3:1"),
        ("package a\nf(x) := x\nf(x, y) := x + y\n", "type m0:3:1"),
        ("package a\ndefault p := 1\ndefault p := 2\n", "type m0:3:9"),
        ("package a\np if { x := {\"foo\": 1}; x.bar == 1 }\n", "type m0:2:27"),
        ("package a\np := http.get(\"x\")\n", "type m0:2:6"),
        ("package a\np := any([true])\n", "type m0:2:6"),
        // Compilation.
        ("package a\np if { x := 1; x := 2 }\n", "compile m0:2:16"),
        ("package a\np if { x == 1; x := 1 }\n", "compile m0:2:16"),
        ("package a\nf(x) := y if { x := 1; y := x }\n", "compile m0:2:16"),
        ("package a\ninput := 1\n", "compile m0:2:1"),
        ("package a\nimport data.x.y\nimport data.z.y\np := y\n", "compile m0:3:1"),
        ("package a\np if { some x; input.y }\n", "compile m0:2:13"),
    ])
    func isRefusedWithItsPlace(_ module: String, _ wanted: String) {
        #expect(errors(module).first == wanted)
    }

    @Test func everythingWrongWithAFileIsReported() {
        let found = errors(
            """
            package a

            p { true }

            q := 1 +

            ok := 1

            r := "
            """)
        #expect(found == ["parse m0:3:3", "parse m0:7:4", "parse m0:9:6"])
    }

    @Test func everythingWrongAfterParsingIsReported() {
        let found = errors(
            "package a\np := x\nq if { y > 1; z < 2 }\nr := nothing(1)\ns if s\n", "package b\nt := count(1)\n")
        #expect(
            found == [
                "unsafe_var m0:2:6", "unsafe_var m0:3:8", "unsafe_var m0:3:15", "type m0:4:6", "recursion m0:5:1",
                "type m1:2:12",
            ])
    }

    @Test func whatCannotStandTogetherHidesNoOtherError() {
        let found = errors(
            """
            package a
            p := 1
            p contains 2
            f(x) := y
            default q := 1
            default q := 2
            r if r
            a.b := 1
            a.b.c := 2
            """, "package a.p\ns := z\n")
        #expect(
            found == [
                "type m0:2:1", "type m0:3:1", "unsafe_var m0:4:9", "type m0:6:9", "recursion m0:7:1", "type m0:8:1",
                "type m1:1:1", "unsafe_var m1:2:6",
            ])
    }

    @Test func typesThatABodyLearnsStayInIt() {
        #expect(errors("package a\np if { x := input.a; count([1 | x = [1]]) == 0; x == 1 }\n").isEmpty)
        #expect(errors("package a\np if { x := input.a; every y in [1] { y = 1; x = [y] }; x == 1 }\n").isEmpty)
        #expect(
            errors("package a\nimport future.keywords.not\np if { x := input.a; not { x = \"a\" }; x == 1 }\n").isEmpty)
        #expect(errors("package a\np if { x := input.a; count([1 | x = [1]; x == 1]) == 0 }\n") == ["type m0:2:42"])
    }

    @Test func aNegatedCallOfInputIsWarnedOf() throws {
        let module = try Module(
            parsing: """
                package a
                import input.caller as who
                default allow := false
                allow if not startswith(input.path, "/etc")
                allow if { not input.tool in ["rm"]; not input.x == 1; not count(input.y) == 2; not who != "a" }
                deny contains "x" if { every y in [1] { not f(y, input.z) } }
                other if not startswith(input.path, "/etc")
                f(x, y) if x == y
                """, file: "a.rego")
        let warnings = try CompiledPolicy(modules: [module]).warnings
        #expect(
            warnings.map { "\($0.location.line):\($0.location.column)" } == ["4:25", "5:16", "5:66", "5:85", "6:50"])
        #expect(warnings.first?.message.hasPrefix("where input.path is missing") == true)
        let newer = try Module(
            parsing: "package a\nimport future.keywords.not\nallow if not startswith(input.path, \"/etc\")\n", file: "b"
        )
        #expect(try CompiledPolicy(modules: [newer]).warnings.isEmpty)
    }

    @Test(arguments: [
        "internal.member_2", "internal.member_3", "equal", "eq", "neq", "plus", "regex.match", "regex.replace",
        "glob.match",
        "walk", "count", "split", "sprintf", "object.get", "time.now_ns", "time.clock", "io.jwt.decode_verify",
        "crypto.hmac.sha256", "json.patch", "net.cidr_contains", "rego.metadata.rule", "trace", "semver.compare", "f",
    ])
    func anyNumberOfArgumentsIsLoadedOrRefused(_ name: String) {
        for argument in ["\"[a\"", "1", "x", "input.a", "{1, 2}"] {
            for count in 0...5 {
                let call = "\(name)(\([String](repeating: argument, count: count).joined(separator: ", ")))"
                for rule in ["p if \(call)", "p := \(call)", "p if not \(call)", "p if { y := \(call); y }"] {
                    _ = errors("package a\nf(a, b) := a\n\(rule)\n")
                }
            }
        }
    }

    @Test func whatOnlyFollowsFromAnUnsafeVariableIsNotReported() {
        #expect(errors("package a\np if { y := x + 1; z := y + 1; z > 1 }\n") == ["unsafe_var m0:2:13"])
    }

    @Test(arguments: [
        "package a\np if { x > 1; x = input.y }\n",
        "package a\np if { [x, y] = [y, 1]; x == 1 }\n",
        "package a\na.b := 1\na.c := a.b + 1\n",
        "package a\np[1] := 1\np[2] := p[1] + 1\n",
        "package a\nf(\"a\") := 1\nf(\"b\") := 2\n",
        "package a\ndefault f(_) := false\nf(x) if x > 1\n",
        "# METADATA\n# title: t\npackage a\np := 1\n",
        "package a\np := input.xs[i] if i > 0\n",
        "package a.if.in\nimport data.x.contains as c\np := c.not.else\n",
        "package a\np contains x if {\n\tsome x in input.xs\n\tnot x in {y | some y in input.ys; y != x}\n}\n",
    ])
    func isAccepted(_ module: String) { #expect(errors(module) == []) }

    @Test func whatCannotBeParsedInBoundedTimeIsRefused() {
        let nested = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(errors("package a\np := \(nested)\n").first?.hasPrefix("parse") == true)
        let ambiguous = String(repeating: "{a | ", count: 100)
        #expect(errors("package a\np := \(ambiguous)\n").first?.hasPrefix("parse") == true)
        let negated = String(repeating: "not {", count: 100)
        #expect(errors("package a\nimport future.keywords.not\np if \(negated)\n").first?.hasPrefix("parse") == true)
        let templates = String(repeating: "$\"{", count: 200)
        #expect(errors("package a\np := \(templates)\n").first?.hasPrefix("parse") == true)
    }

    @Test(arguments: [
        "p if 1" + String(repeating: " + 1", count: 15_000), "p if 1" + String(repeating: " in 1", count: 15_000),
        "p" + String(repeating: ".a", count: 20_000) + " := 1",
    ])
    func whatNestsWithoutBracketsIsBoundedAsWell(_ rule: String) {
        #expect(errors("package a\n\(rule)\n").first?.hasPrefix("parse m0:2:") == true)
        #expect(
            errors("package " + String(repeating: "a.", count: 20_000) + "b\np := 1\n").first?.hasPrefix("parse")
                == true)
    }

    @Test func rowsOfOperatorsAreRead() {
        let sum = String(repeating: " + 1", count: 500)
        #expect(errors("package a\np := 1\(sum)\nq if p\(sum) - 2 * 3 < 4\nr := {3} | {1} & {2}\n") == [])
    }
}
