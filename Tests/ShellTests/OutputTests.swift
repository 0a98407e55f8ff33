// Tables and JSON as they are printed.

import CommandLineInterface
import Configuration
import Foundation
import Testing

@Suite struct OutputTests {
    private static func sample() -> Table {
        var table = Table([.init("NAME"), .init("COUNT", .right), .init("WHAT", flexible: true)])
        table.add(["a", "1", "short"])
        table.add(["longer", "12345", "a text that is rather long for a narrow terminal"])
        return table
    }

    @Test func aPipeGetsWholeAlignedColumns() {
        #expect(
            Self.sample().rendered(width: nil, bold: false) == """
                NAME    COUNT  WHAT
                a           1  short
                longer  12345  a text that is rather long for a narrow terminal

                """)
    }

    @Test func aNarrowTerminalShortensTheFlexibleColumn() {
        let lines = Self.sample().rendered(width: 30, bold: false).split(separator: "\n")
        #expect(lines[2] == "longer  12345  a text that is…")
        #expect(lines.allSatisfy { $0.count <= 30 })
        #expect(Self.sample().rendered(width: 80, bold: true).hasPrefix("\u{1B}[1mNAME    COUNT  WHAT\u{1B}[0m\n"))
    }

    @Test func aCellCannotMoveTheCursor() {
        var table = Table([.init("NAME")])
        table.add(["a\u{1B}[2Jb\nc\u{202E}d"])
        #expect(table.rendered(width: nil, bold: false) == "NAME\na\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d\n")
    }

    @Test func jsonKeepsOrderAndExactIntegers() throws {
        let value = JSONText.members([
            ("b", .unsigned(.max)), ("a", .array([.integer(.min), .number(0.5), .null, .boolean(true)])),
            ("absent", nil), ("t", .text("\"\\\n\u{1}é\u{2028}")), ("empty", .object([])), ("nan", .number(.nan)),
        ])
        #expect(
            value.renderedOnOneLine()
                == #"{"b":18446744073709551615,"a":[-9223372036854775808,0.5,null,true],"#
                + #""t":"\"\\\n\u0001é\u2028","empty":{},"nan":null}"#)
        #expect(JSONText.object([("a", .array([.integer(1)]))]).rendered() == "{\n  \"a\": [\n    1\n  ]\n}")
        let parsed = try JSONSerialization.jsonObject(with: Data(value.rendered().utf8)) as? [String: Any]
        #expect(parsed?["t"] as? String == "\"\\\n\u{1}é\u{2028}")
    }
}
