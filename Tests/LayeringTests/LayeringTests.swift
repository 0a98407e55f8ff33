// Goal: imports go towards Primitives and nowhere else. SwiftPM lets a file import what a dependency of a dependency
// brings in; this compares the import lines of every file with the rows of Package.swift.

import Foundation
import Testing

struct LayeringTests {
    private let table = LayerTable(manifest: Repository.read("Package.swift"))

    @Test func everyRowOfTheTableIsUnderstood() {
        #expect(table.rowCount > 30)
        #expect(table.rows.count == table.rowCount)
    }

    @Test func everySwiftFileBelongsToARow() {
        let names = Set(table.rows.map(\.name))
        for file in Repository.files where file.isSwift {
            #expect(names.contains(file.target), "\(file.path): no row of Package.swift has the target \(file.target)")
        }
    }

    @Test func filesImportOnlyWhatTheirRowNames() {
        for file in Repository.files where file.isSwift {
            guard let row = table.rows.first(where: { $0.name == file.target }) else { continue }
            let allowed = Set((row.imports + row.siblings).map(LayerTable.Row.module))
            for module in Self.imports(of: file) where !allowed.contains(module) {
                #expect(
                    Self.systemModules(for: file).contains(module),
                    "\(file.path) imports \(module): add it to the row of \(file.target) if the layers allow it, or do without"
                )
            }
        }
    }

    /// The modules that a file imports, whatever stands before or between.
    static func imports(of file: SourceFile) -> [String] {
        let line =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
        return file.code.compactMap {
            $0.firstMatch(of: line).map { String($0.1) }
        }
    }

    /// What comes with Swift and with Linux, where it may be used. Core and Kernel see nothing but the language.
    static func systemModules(for file: SourceFile) -> Set<String> {
        switch file.layer {
        case "Platform": file.target == "Linux" ? ["Glibc", "Synchronization"] : ["Synchronization"]
        case "Adapters", "Client": ["Synchronization"]
        case "Shell", "Programs", "Drivers", "Agents": ["Foundation", "Synchronization", "RegexBuilder"]
        case "Testing", "Tests": ["Foundation", "FoundationNetworking", "Synchronization", "Testing", "RegexBuilder"]
        default: []
        }
    }

    @Test(arguments: [
        ("import A", ["A"]), ("public import A\nimport B", ["A", "B"]), ("@testable import A", ["A"]),
        ("@preconcurrency public import A", ["A"]), ("import struct A.B", ["A"]),
        ("  @_spi(X) internal import A", ["A"]),
        ("// import A", []), ("let x = \"\"\"\nimport A\n\"\"\"", []), ("/* import A\nimport B */", []),
        ("importantThing()", []),
    ])
    func importLinesAreFound(code: String, modules: [String]) {
        #expect(Self.imports(of: SourceFile(path: "Tests/X/Y.swift", text: code)) == modules)
    }
}
