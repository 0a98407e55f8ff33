// What `# METADATA` blocks say, and what is wrong with some of them.

import Rego
import Testing

@Suite struct MetadataTests {
    private func value(_ entry: String, _ modules: String...) throws -> String? {
        let parsed = try modules.enumerated().map { try Module(parsing: $0.element, file: "\($0.offset).rego") }
        let evaluation = try CompiledPolicy(modules: parsed).prepare(entry: entry).evaluate(input: nil, isStrict: true)
        return evaluation.error?.code.rawValue ?? evaluation.value?.description
    }

    @Test func theChainGoesOutwards() throws {
        let around = """
            # METADATA
            # scope: subpackages
            # title: root
            package a
            """
        let policy = """
            # METADATA
            # title: package

            # METADATA
            # scope: subpackages
            # title: packages
            package a.b

            # METADATA
            # scope: document
            # title: document

            # METADATA
            # title: first
            p.q := 1 if false

            # METADATA
            # title: outer

            # Not of it.

            # METADATA
            # title: inner
            p.q := [link.annotations.title | some link in rego.metadata.chain()]
            p.paths := [link.path | some link in rego.metadata.chain()]
            """
        #expect(
            try value("data.a.b.p.q", policy, around)
                == "[\"inner\", \"outer\", \"document\", \"package\", \"packages\", \"root\"]")
        #expect(
            try value("data.a.b.p.paths", policy, around)
                == "[[\"a\", \"b\", \"p\", \"paths\"], [\"a\", \"b\"], [\"a\", \"b\"], [\"a\"]]")
    }

    @Test func aRuleHasItsOwn() throws {
        let policy = """
            package a

            # METADATA
            # title: p
            # custom:
            #   severity: high
            #   numbers: [1, 2.5]
            p := rego.metadata.rule().custom
            q := rego.metadata.rule()
            f(x) := rego.metadata.chain()[0].path if x
            r := f(true)
            # METADATA
            # title: s
            s := [x | x := rego.metadata.rule().title]
            # METADATA
            # entrypoint: true
            t := rego.metadata.chain()[1].annotations
            """
        #expect(try value("data.a.p", policy) == "{\"numbers\": [1, 2.5], \"severity\": \"high\"}")
        #expect(try value("data.a.q", policy) == "{}")
        #expect(try value("data.a.r", policy) == "[\"a\", \"f\"]")
        #expect(try value("data.a.s", policy) == "[\"s\"]")
        #expect(try value("data.a.t", policy) == "{\"entrypoint\": true, \"scope\": \"document\"}")
    }

    @Test func fieldsTakeTheirLongForms() throws {
        let policy = """
            package a

            # METADATA
            # description: |
            #   two
            #   lines
            # organizations: [one]
            # authors:
            # - Jo Doe <jo@example.com>
            # - name: Jo
            # related_resources:
            # - https://example.com
            # - ref: https://example.org
            #   description: more
            # schemas:
            # - input.x: schema.x
            # - input: {type: object}
            # other: ignored
            p := rego.metadata.rule()
            """
        let wanted = """
            {"authors": [{"email": "jo@example.com", "name": "Jo Doe"}, {"name": "Jo"}], \
            "description": "two\\nlines\\n", "organizations": ["one"], "related_resources": \
            [{"ref": "https://example.com"}, {"description": "more", "ref": "https://example.org"}], \
            "schemas": [{"path": ["input", "x"], "schema": ["schema", "x"]}, \
            {"definition": {"type": "object"}, "path": ["input"]}], "scope": "rule"}
            """
        #expect(try value("data.a.p", policy) == wanted)
    }

    @Test(arguments: [
        "# METADATA\n# a: b: c\np := 1", "# METADATA\np := 1", "# METADATA\n# - list\np := 1",
        "# METADATA\n# scope: universe\np := 1", "# METADATA\n# scope: package\np := 1",
        "# METADATA\n# title: x\nimport data.b\np := b", "# METADATA\n# title: [1]\np := 1",
        "# METADATA\n# scope: rule\n# entrypoint: true\np := 1", "# METADATA\n# authors: [{}]\np := 1",
        "# METADATA\n# related_resources: [{}]\np := 1", "# METADATA\n# custom: text\np := 1",
        "# METADATA\n# a: &a [1]\n# b: *c\np := 1",
    ])
    func aBlockThatIsWrongIsRefused(_ rules: String) throws {
        let error = #expect(throws: RegoErrors.self) { try Module(parsing: "package a\n\n\(rules)\n", file: "a.rego") }
        #expect(error?.errors.first?.code == .parse)
        #expect(error?.errors.first?.location.line == 3)
    }

    @Test(arguments: [
        "# METADATA of ours: [\np := 1", "p := 1 # METADATA\n# [", "p := 1\n # METADATA\n # [",
        "p := 1\n# METADATA\n# [",
        "p := `\n# METADATA\n# [\n`",
    ])
    func whatIsNoBlockIsAComment(_ rules: String) throws {
        #expect(try value("data.a.p", "package a\n\(rules)\n") != nil)
    }

    @Test func outsideOfRulesThereIsNone() throws {
        #expect(try value("rego.metadata.rule()") == "eval_builtin_error")
        #expect(throws: RegoErrors.self) { try value("rego.metadata.chain(1)") }
    }
}
