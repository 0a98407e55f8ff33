// Semantic versions (semver.org, 2.0.0) and UUIDs (RFC 9562).

extension Builtins {
    static let versions: [Builtin] = [
        Builtin("semver.is_valid", [.any], .boolean) { arguments, _ in
            guard case .string(let text) = arguments[0] else { return .bool(false) }
            return .bool(SemanticVersion(text) != nil)
        },
        Builtin("semver.compare", [.string, .string], .number) { (arguments, _) throws(BuiltinError) in
            let a = try version(arguments, 0)
            let b = try version(arguments, 1)
            return .int(a.compare(b))
        },
        Builtin("uuid.parse", [.string], .object) { (arguments, _) throws(BuiltinError) in
            // What is no UUID has no parts; that is no error, even where errors count.
            UniqueIdentifier.parse(try arguments.string(0))
        },
        Builtin("uuid.rfc4122", [.string], .string) { (arguments, _) throws(BuiltinError) in
            .string(UniqueIdentifier.derived(from: try arguments.string(0)))
        },
    ]

    private static func version(_ arguments: BuiltinArguments, _ index: Int) throws(BuiltinError) -> SemanticVersion {
        let text = try arguments.string(index)
        guard let version = SemanticVersion(text) else {
            throw .failed("operand \(index + 1): string \"\(text)\" is not a valid SemVer")
        }
        return version
    }
}

private struct SemanticVersion {
    private let numbers: [Value]
    private let prerelease: [String]

    init?(_ text: String) {
        let withoutBuild = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        if withoutBuild.count > 1, !SemanticVersion.areIdentifiers(withoutBuild[1]) { return nil }
        let parts = withoutBuild[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false).compactMap {
            $0.allSatisfy { $0.isASCII && $0.isNumber } ? Decimal.parse($0.utf8) : nil
        }
        guard numbers.count == 3, parts[0].count(where: { $0 == "." }) == 2 else { return nil }
        self.numbers = numbers
        guard parts.count > 1 else {
            prerelease = []
            return
        }
        guard SemanticVersion.areIdentifiers(parts[1]) else { return nil }
        prerelease = parts[1].split(separator: ".").map(String.init)
    }

    private static func areIdentifiers(_ text: Substring) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        }
    }

    func compare(_ other: SemanticVersion) -> Int {
        for (mine, theirs) in zip(numbers, other.numbers) where mine != theirs { return mine < theirs ? -1 : 1 }
        if prerelease.isEmpty || other.prerelease.isEmpty {
            return prerelease.isEmpty == other.prerelease.isEmpty ? 0 : prerelease.isEmpty ? 1 : -1
        }
        for (mine, theirs) in zip(prerelease, other.prerelease) where mine != theirs {
            switch (Int(mine), Int(theirs)) {
            case (let a?, let b?): return a < b ? -1 : 1
            case (.some, nil): return -1
            case (nil, .some): return 1
            case (nil, nil): return mine.compareBytes(with: theirs) < 0 ? -1 : 1
            }
        }
        let difference = prerelease.count - other.prerelease.count
        return difference < 0 ? -1 : difference == 0 ? 0 : 1
    }
}

private enum UniqueIdentifier {
    /// With or without dashes, in braces, or as a URN.
    static func parse(_ text: String) -> Value? {
        var body = text[...]
        if body.lowercased().hasPrefix("urn:uuid:") { body = body.dropFirst(9) }
        if body.hasPrefix("{"), body.hasSuffix("}") { body = body.dropFirst().dropLast() }
        if body.utf8.count == 36 {
            let letters = Array(body.utf8)
            guard [8, 13, 18, 23].allSatisfy({ letters[$0] == 45 }) else { return nil }
            body = Substring(body.replacing("-", with: ""))
        }
        guard body.utf8.count == 32, let bytes = Hex.decode(Array(body.utf8)) else { return nil }
        return describe(bytes)
    }

    private static func describe(_ bytes: [UInt8]) -> Value {
        let version = Int(bytes[6] >> 4)
        var members: [(String, Value)] = [("version", .int(version)), ("variant", .string(variant(bytes[8])))]
        if version == 1 || version == 2 {
            let node = bytes[10...].map { Hex.encode([$0]) }.joined(separator: "-")
            members.append(("nodeid", .string(node)))
            let scope = bytes[10] & 2 != 0 ? "local" : "global"
            members.append(("macvariables", .string("\(scope):\(bytes[10] & 1 != 0 ? "multicast" : "unicast")")))
            members.append(("clocksequence", .int(Int(bytes[8] & 0x3F) << 8 | Int(bytes[9]))))
            members.append(("time", .int(nanoseconds(bytes))))
        }
        if version == 2 {
            let domain = ["Person", "Group", "Org"]
            members.append(("id", .int(bytes[0..<4].reduce(0) { $0 << 8 | Int($1) })))
            let number = Int(bytes[9])
            members.append(("domain", .string(number < domain.count ? domain[number] : "Domain\(number)")))
        }
        return .object(members: members)
    }

    private static func variant(_ byte: UInt8) -> String {
        if byte & 0xC0 == 0x80 { return "RFC4122" }
        if byte & 0xE0 == 0xC0 { return "Microsoft" }
        return byte & 0xE0 == 0xE0 ? "Future" : "Reserved"
    }

    /// 100 ns since 15 October 1582 to nanoseconds since 1970.
    private static func nanoseconds(_ bytes: [UInt8]) -> Int {
        let low = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
        let middle = bytes[4..<6].reduce(0) { $0 << 8 | Int($1) }
        let high = Int(bytes[6] & 0x0F) << 8 | Int(bytes[7])
        return ((high << 48 | middle << 32 | low) - 0x01B2_1DD2_1381_4000) &* 100
    }

    /// Version 4 in form; it depends on nothing but the text, so that evaluations can be repeated.
    static func derived(from text: String) -> String {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var bytes: [UInt8] = []
        for _ in 0..<16 {
            // SplitMix64 (Steele, Lea, Flood, 2014).
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            bytes.append(UInt8(truncatingIfNeeded: mixed ^ (mixed >> 31)))
        }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Hex.encode(bytes)
        let ends = [8, 12, 16, 20, 32]
        var start = hex.startIndex
        return ends.map { end in
            let stop = hex.index(hex.startIndex, offsetBy: end)
            defer { start = stop }
            return String(hex[start..<stop])
        }.joined(separator: "-")
    }
}
