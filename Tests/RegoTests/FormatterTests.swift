// Formatting changes layout and nothing else, and does so only once.

import Rego
import Testing

@Suite struct FormatterTests {
    /// Both sides end with a new line.
    private func expect(_ source: String, _ wanted: String) throws {
        let module = try Module(parsing: source, file: "a.rego")
        let formatted = Formatter.layout(module)
        #expect(formatted == wanted)
        #expect(Formatter.isFaithful(formatted, to: module))
        #expect(try Formatter.format(formatted, file: "a.rego") == formatted, "formatting twice")
    }

    @Test func theOneStyle() throws {
        try expect(
            """
            package   a.b["c-d"]
            import data.x  as  y
            import rego.v1
            default allow=false
            allow   if {input.x==1;y[_]!=2 }
            allow if  input.y
            allow if not  input.z
            p contains x  if { some x in [1,2,] }
            f(x,y) = z if {z=x+y*2}
            q := {"a":1,"b":[1,2]}   # why


            r["x"].y = 1 if { true } else = 2 if { false } else = 3
            """,
            """
            package a.b["c-d"]

            import data.x as y
            import rego.v1

            default allow := false

            allow if {
            	input.x == 1
            	y[_] != 2
            }

            allow if input.y
            allow if not input.z
            p contains x if some x in [1, 2]
            f(x, y) := z if z = x + y * 2
            q := {"a": 1, "b": [1, 2]} # why

            r.x.y := 1 if {
            	true
            } else := 2 if {
            	false
            } else := 3

            """)
    }

    @Test func commentsStay() throws {
        let text = """
            # METADATA
            # title: t
            package a # the package

            # of the import
            import data.b # behind

            # before p

            # METADATA
            # entrypoint: true
            p if { # after the brace
            	# first
            	x := [ # list
            		1, # one
            		# two
            		2,
            		# end
            	]

            	y := x[_] # y
            	# last
            }

            q := {
            	"a": 1, # a
            	"b": f(
            		1, # in f
            	),
            }

            f(x) := x + # plus
            	1

            # the end

            """
        try expect(text, text)
    }

    @Test func commentsThatHaveNoPlaceFollow() throws {
        try expect(
            "package a\np if { x := # here\n 1\n x == 1 }\nq := a.b[ # there\n 0]\na.b := [1]\n",
            """
            package a

            p if {
            	x := 1 # here
            	x == 1
            }

            q := a.b[0] # there

            a.b := [1]

            """)
    }

    @Test func severalCommentsThatHaveNoPlaceGoBefore() throws {
        try expect(
            "package # one\n# two\na\nimport data.x\np := a.b[ # three\n # four\n0]\nq := # five\n1 # six\n",
            """
            # one
            # two
            package a

            import data.x

            # three
            # four
            p := a.b[0]

            # five
            q := 1 # six

            """)
    }

    @Test(arguments: [
        "p := (1 + 2) * 3", "p := 1 + 2 * 3", "p := 1 - (2 - 3)", "p := 1 - 2 - 3", "p := {(a | b)}", "p := {a | b, c}",
        "p := [(a | b)]", "p := {(a | b): 1}", "p := {\"x\": (a | b)}", "p := {(a | b == c)}", "p := {(a + b) | a; b}",
        "p := {(a | b) == c}", "p := [(a + b) | a; b]", "p := {x: y | some x, y in z}", "p := (a.b).c",
        "p := (a + b).c",
        "p := [1][0]", "p := {\"a\": 1}.a", "p := f(x).y[z]", "p := set()", "p := {set()}", "p := {}", "p := 1.foo",
        "p := [(a, b in c)]", "p := a, b in c", "p := (a, b in c) in d", "p := a in b in c", "p := a in (b in c)",
        "p := f((a, b in c))", "p := a == b == c", "p := a == (b == c)", "p := -1", "p := a - -1", "p := a -1",
        "p if { x := a; -1 }", "p if { x := a; (-1) < x }", "p if { x := a; -1.x }", "p if {1}", "p if { {1} }",
        "p if { {1, 2}[x] }", "p if {1, 2}[x]", "p if {\"a\": 1}", "p if { (a | b) }", "p if { (a | b) == c; d }",
        "p if { {x | x = 1} }", "p if {x | x = 1}", "p if { a, b in c }", "p if { not a, b in c; d }",
        "p if { x with input as 1 }",
        "p if { x with input.a as {1} with data.b.c as f(x) }", "p if { every x in xs { x } }",
        "p if { every k, v in {1: 2} { k; v } with input as 1 }", "p if { some x, [y, z] in a; some q }",
        "p := a[\"if\"]", "p := a.if.in[\"x y\"][`z`]", "if.p := 1", "p := $\"a {b} {{c | c = 1}}\"",
        "p := `raw\n\ttext`",
        "p := \"\\u00e9\\n\"", "p[x].y[1] := z if { x := 1; z := 2 }", "p.q[x] contains y if { x := 1; y := 2 }",
        "default f(_, x) := {1}", "f([x, {\"a\": y}], _) := x if y", "p if { a }\nelse := b if { c } else := d",
        "p := contains(a, b)", "p := data.a[\"b c\"][input.x]", "p if { x = 1; y := [x] ; not y[0] == 2 }",
        "p := 1; q := 2", "p if { f(x, y) with f as g with g as 1 }", "p := {a: b, c: d,}", "p if { {\"a\": x} := y }",
        "p := [x | y := [z | z := 1]; x := y]", "p := 1e5 + 0.50", "p := (((1)))", "p if ((x))", "p if not { x }",
        "p if not ({x | x = 1}) == y", "p if not {a: b}", "p := a & b | c & d", "p := (a | b) & (c | d)",
        "p := a % b / c",
        "p := a != b", "p := (a < b) > (c <= d) >= e", "p if print(1, x)", "p := x if { some x in {1: 2}[1] }",
    ])
    func theTreeStays(_ rules: String) throws {
        for prefix in ["package a\n", "package a\nimport future.keywords.not\n"] {
            guard let module = try? Module(parsing: prefix + rules, file: "a") else {
                #expect(rules.contains("not {"), "\(rules) does not parse")
                continue
            }
            let once = Formatter.layout(module)
            #expect(Formatter.isFaithful(once, to: module), "\(rules)\nbecame\n\(once)")
            #expect(try Formatter.layout(Module(parsing: once, file: "a")) == once, "formatting twice")
        }
    }

    @Test(arguments: [
        "package data", "package data.x", "package data[\"x-y\"]", "package data.data.x", "package a.if[\"b c\"]",
    ])
    func packagesStay(_ package: String) throws {
        let module = try Module(parsing: package + "\n", file: "a")
        #expect(Formatter.isFaithful(Formatter.layout(module), to: module))
    }

    @Test func linesThatTheAuthorChoseStay() throws {
        let text = """
            package a

            p := f(x) +
            	g(y) +
            	1

            q if {
            	a with input as 1
            		with data.b as 2

            	b == [x |
            		some x in c
            		x > 1
            	]
            	every x in y {
            		x > 1
            	}
            	every x in y { x > 1 }
            }

            m := [
            	1, 2, 3,
            	4, 5, 6,
            ]

            """
        try expect(text, text)
    }

    @Test func syntaxErrorsAreThrown() {
        #expect(throws: RegoErrors.self) { try Formatter.format("package a\np if {", file: "a") }
    }
}
