// IP addresses and CIDR blocks, version 4 and 6.

extension Builtins {
    static let networks: [Builtin] = [
        Builtin("net.cidr_is_valid", [.any], .boolean) { arguments, _ in
            guard case .string(let text) = arguments[0] else { return .bool(false) }
            return .bool(AddressBlock(text) != nil)
        },
        Builtin("net.cidr_contains", [.string, .string], .boolean) { (arguments, _) throws(BuiltinError) in
            let block = try Builtins.block(try arguments.string(0), mayBeAddress: false)
            return .bool(block.contains(try Builtins.block(try arguments.string(1), mayBeAddress: true)))
        },
        Builtin("net.cidr_intersects", [.string, .string], .boolean) { (arguments, _) throws(BuiltinError) in
            let a = try block(try arguments.string(0), mayBeAddress: false)
            let b = try block(try arguments.string(1), mayBeAddress: false)
            return .bool(a.contains(b) || b.contains(a))
        },
        Builtin(
            "net.cidr_contains_matches", [[.string, .array, .set, .object], [.string, .array, .set, .object]], .set
        ) {
            (arguments, context) throws(BuiltinError) in
            let blocks = try keyedBlocks(arguments, 0, mayBeAddress: false)
            let others = try keyedBlocks(arguments, 1, mayBeAddress: true)
            try context.charge(blocks.count * max(others.count, 1))
            var pairs: [Value] = []
            for (key, block) in blocks {
                for (otherKey, other) in others where block.contains(other) { pairs.append(.array([key, otherKey])) }
            }
            return .set(SetValue(pairs))
        },
        Builtin("net.cidr_expand", [.string], .set) { (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            let block = try Builtins.block(text, mayBeAddress: false)
            guard let count = block.addressCount else { throw .failed("\(text) holds too many addresses") }
            try context.charge(count)
            return .set(SetValue(block.addresses(count).map { .string($0) }))
        },
        Builtin("net.cidr_merge", [.collection], .set) { (arguments, context) throws(BuiltinError) in
            var blocks: [AddressBlock] = []
            for text in try arguments.strings(0) {
                guard let block = AddressBlock(text) ?? AddressBlock(address: text) else {
                    throw .failed("invalid CIDR address: \(text)")
                }
                if AddressBlock(text) == nil, block.isVersion6 { throw .failed("IPv6 invalid: needs prefix length") }
                blocks.append(block)
            }
            try context.charge(blocks.count * 2)
            return .set(SetValue(AddressBlock.merge(blocks).map { .string($0.text) }))
        },
    ]

    private static func block(_ text: String, mayBeAddress: Bool) throws(BuiltinError) -> AddressBlock {
        if let block = AddressBlock(text) { return block }
        if mayBeAddress, let block = AddressBlock(address: text) { return block }
        throw .failed("invalid CIDR address: \(text)")
    }

    /// A text itself, elements of an array by position, of a set by themselves, of an object by key.
    private static func keyedBlocks(
        _ arguments: BuiltinArguments, _ index: Int, mayBeAddress: Bool
    ) throws(BuiltinError) -> [(Value, AddressBlock)] {
        let items: [(Value, Value)]
        switch arguments[index] {
        case .string: items = [(arguments[index], arguments[index])]
        case .array(let list): items = list.enumerated().map { (.int($0.offset), $0.element) }
        case .set(let set): items = set.elements.map { ($0, $0) }
        case .object(let object): items = object.members
        default: throw arguments.wrong(index, [.string, .array, .set, .object])
        }
        var blocks: [(Value, AddressBlock)] = []
        for (key, item) in items {
            switch item {
            case .string(let text): blocks.append((key, try block(text, mayBeAddress: mayBeAddress)))
            case .array(let parts):
                guard case .string(let text)? = parts.first else {
                    throw .failed("operand \(index + 1): element must be string or non-empty array")
                }
                blocks.append((key, try block(text, mayBeAddress: mayBeAddress)))
            default: throw .failed("operand \(index + 1): element must be string or non-empty array")
            }
        }
        return blocks
    }
}
