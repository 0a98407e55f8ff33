// The JSON5 reader: what it reads, what it refuses and where it says the mistake is.

import Configuration
import JSON5
import Testing

@Suite struct JSON5Tests {
    @Test func everythingThatJSON5AddsIsRead() throws {
        let text = """
            // a comment
            { unquoted: 'single', "double": "a\\u0041\\x42\\n", $x_1: +1, neg: -.5, hex: -0x1F, /* in between */
              exp: 1e3, five: 5., list: [1, [], {},], cont: 'a\\
            b', yes: true, no: false, nothing: null, inf: -Infinity, pair: "\\uD83D\\uDE00", naïve: 1, }
            """
        let value = try JSON5Value(json5: text)
        #expect(value["unquoted"] == .text("single"))
        #expect(value["double"] == .text("aAB\n"))
        #expect(value["$x_1"] == .integer(1))
        #expect(value["neg"] == .number(-0.5))
        #expect(value["hex"] == .integer(-31))
        #expect(value["exp"] == .number(1000))
        #expect(value["five"] == .number(5))
        #expect(value["list"] == .array([.integer(1), .array([]), .object([])]))
        #expect(value["cont"] == .text("ab"))
        #expect(value["yes"] == .boolean(true))
        #expect(value["nothing"] == .null)
        #expect(value["inf"] == .number(-.infinity))
        #expect(value["pair"] == .text("😀"))
        #expect(value["naïve"] == .integer(1))
        #expect(value["absent"] == nil)
    }

    @Test(
        arguments: [
            ("", "1:1", "expected a value, found the end of the document"),
            ("{a: 1,\n b 2}", "2:4", "expected ':' after the name 'b', found '2'"),
            ("{a: 1, a: 2}", "1:8", "'a' is set already, at 1:2"),
            ("{a: x}", "1:5", "a text stands in quotes"),
            ("{a: 01}", "1:5", "'01' is not a number"),
            ("{a: 1e}", "1:5", "'1e' is not a number"),
            ("{a: 'x\n'}", "1:7", "a text must end on its line"),
            ("{a: 'x", "1:5", "has no closing quote"),
            ("{} x", "1:4", "expected the end of the document"),
            ("/* x", "1:1", "has no end"),
            ("{a: '\\uD800'}", "1:6", "half of a surrogate pair"),
            ("{a: '\\1'}", "1:6", "is no escape"),
            ("[1 2]", "1:4", "expected ',' or ']'"),
            ("{,}", "1:2", "expected a name or '}'"),
            ("[,]", "1:2", "expected a value"),
            ("{a: 99999999999999999999999999999999}", "", ""),
        ])
    func aMistakeIsNamedWithItsPlace(text: String, place: String, problem: String) throws {
        guard !place.isEmpty else {
            // An integer beyond 64 bits is a number, not an error.
            #expect(try JSON5Value(json5: text)["a"] == .number(1e32))
            return
        }
        let error = #expect(throws: JSON5Error.self) { try JSON5Value(json5: text) }
        #expect(error?.position.description == place)
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 100_000)
        let error = #expect(throws: JSON5Error.self) { try JSON5Value(json5: deep) }
        #expect(error?.problem == "more than 32 levels of nesting")
    }

    @Test func anyPrefixAndAnyChangedByteIsAValueOrAnError() {
        let text = "{a: [1, 'x\\u0041', {b: -0x1f, /* c */ d: .5e-3}], // e\n f: true}"
        let scalars = Array(text.unicodeScalars)
        for index in scalars.indices {
            _ = try? JSON5Value(json5: String(String.UnicodeScalarView(scalars[..<index])))
            for replacement: Unicode.Scalar in ["{", "]", "'", "\\", "/", "*", "-", "e", "0", "\n", "\u{0}"] {
                var changed = scalars
                changed[index] = replacement
                _ = try? JSON5Value(json5: String(String.UnicodeScalarView(changed)))
            }
        }
    }

    private func object(_ text: String) throws -> JSON5Object {
        try JSON5Object(
            JSON5Value(json5: text), "the thing", known: ["name", "count", "share", "on", "words", "parts"])
    }

    @Test func membersAreTakenByNameAndType() throws {
        let thing = try object("{name: 'a', count: 7, share: 1, on: true, words: ['x', 'y'], parts: [{name: 'b'}]}")
        #expect(try thing.requiredText("name") == "a")
        #expect(try thing.integer("count") == 7 as UInt8)
        #expect(try thing.number("share") == 1)
        #expect(try thing.boolean("on") == true)
        #expect(try thing.texts("words") == ["x", "y"])
        #expect(try thing.objects("parts", "a part", known: ["name"])?.first?.text("name") == "b")
        let empty = try object("{}")
        #expect(try empty.text("name") == nil && empty.integer("count", as: Int.self) == nil)
        #expect(try empty.number("share") == nil && empty.boolean("on") == nil)
        #expect(try empty.texts("words") == nil && empty.objects("parts", "a part", known: []) == nil)
    }

    @Test(arguments: [
        ("[]", "1:1", "the thing must be an object, not a list"),
        ("{\n nmae: 1}", "2:2", "unknown member \"nmae\"; did you mean name?"),
        ("{zzzzzz: 1}", "1:2", "unknown member \"zzzzzz\""),
        ("{}", "1:1", "the thing needs a member name"),
        ("{name: 1}", "1:2", "name must be text, not an integer"),
        ("{name: '', count: 256}", "1:12", "count must be a whole number from 0 to 255, not an integer"),
        ("{name: '', count: -1}", "1:12", "count must be a whole number from 0 to 255, not an integer"),
        ("{name: '', share: 'x'}", "1:12", "share must be a number, not a text"),
        ("{name: '', on: 1}", "1:12", "on must be true or false, not an integer"),
        ("{name: '', words: [1]}", "1:12", "words must be a list of texts, not a list"),
        ("{name: '', parts: {}}", "1:12", "parts must be a list, not an object"),
        ("{name: '', parts: [1]}", "1:12", "a part must be an object, not an integer"),
    ])
    func aMemberThatIsNotAsExpectedIsNamedWithItsPlace(text: String, place: String, problem: String) throws {
        let error = try #require(throws: JSON5Error.self) {
            let thing = try object(text)
            _ = try thing.requiredText("name")
            _ = try thing.integer("count", as: UInt8.self)
            _ = try thing.number("share")
            _ = try thing.boolean("on")
            _ = try thing.texts("words")
            _ = try thing.objects("parts", "a part", known: ["name"])
        }
        #expect(error.position.description == place)
        #expect(error.problem == problem)
    }
}
