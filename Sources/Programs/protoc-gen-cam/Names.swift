// From the names of a .proto file to Swift names. The rules are part of the ABI's source: changing one renames fields.

enum Names {
    /// `agent_id` → `agentID`, `input_json` → `inputJson`, `id` → `id`.
    static func lowerCamel(_ snake: String) -> String {
        let words = snake.lowercased().split(separator: "_")
        return words.enumerated().map { $0.offset == 0 ? String($0.element) : capitalised($0.element) }.joined()
    }

    /// `older_than` → `OlderThan`.
    static func upperCamel(_ snake: String) -> String {
        snake.lowercased().split(separator: "_").map(capitalised).joined()
    }

    private static func capitalised(_ word: Substring) -> String {
        switch word {
        case "id": "ID"
        case "ids": "IDs"
        default: word.prefix(1).uppercased() + word.dropFirst()
        }
    }

    /// `TaskState` → `TASK_STATE_`, what the names of its values begin with.
    static func enumPrefix(_ enumName: String) -> String {
        var snake = ""
        for character in enumName {
            if character.isUppercase && !snake.isEmpty { snake += "_" }
            snake += character.uppercased()
        }
        return snake + "_"
    }

    /// `cam/v1/commit_task.proto` → `CommitTask.cam.swift`.
    static func outputFile(_ protoFile: String) -> String {
        let name = protoFile.split(separator: "/").last.map(String.init) ?? protoFile
        return upperCamel(name.hasSuffix(".proto") ? String(name.dropLast(6)) : name) + ".cam.swift"
    }

    /// Puts a reserved word between back-ticks.
    static func escaped(_ name: String) -> String {
        reserved.contains(name) ? "`\(name)`" : name
    }

    private static let reserved: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
        "else",
        "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in",
        "init",
        "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public",
        "repeat",
        "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true",
        "try",
        "typealias", "var", "where", "while",
    ]

    /// Words that back-ticks do not help after a dot.
    static let impossible: Set<String> = ["self", "init"]

    /// Names that generated code uses unqualified; a message of this name would hide them.
    static let taken: Set<String> = [
        "Text", "UInt8", "UInt32", "UInt64", "Int32", "Int64", "Int", "Bool", "Double", "String", "Optional", "Array",
        "Sendable", "Equatable", "Hashable", "ProtobufReader", "ProtobufWriter", "ProtobufSize", "ProtobufMessage",
        "ProtobufEnum", "ProtobufError", "Type", "Protocol",
    ]
}
