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
            let blocks = try keyedBlocks(arguments, 0)
            let others = blocks.isEmpty ? [] : try keyedBlocks(arguments, 1)
            try context.charge(blocks.count * max(others.count, 1))
            // What there is nothing to compare with is not read.
            if blocks.isEmpty || others.isEmpty { return .emptySet }
            let parsed = try others.map { (key, item) throws(BuiltinError) in
                (key, try Builtins.block(try text(item), mayBeAddress: true))
            }
            var pairs: [Value] = []
            for (key, item) in blocks {
                let block = try Builtins.block(try text(item), mayBeAddress: false)
                for (otherKey, other) in parsed where block.contains(other) { pairs.append(.array([key, otherKey])) }
            }
            return .set(SetValue(pairs))
        },
        Builtin("net.cidr_expand", [.string], .set) { (arguments, context) throws(BuiltinError) in
            let text = try arguments.string(0)
            let block = try Builtins.block(text, mayBeAddress: false)
            let count = block.addressCount ?? Int.max
            try context.charge(count)
            try context.chargeMemory(count < Int.max / 64 ? count * 64 : Int.max)
            return .set(SetValue(block.addresses(count).map { .string($0) }))
        },
        Builtin("net.cidr_merge", [.collection], .set) { (arguments, context) throws(BuiltinError) in
            var blocks: [AddressBlock] = []
            // Blocks that were given as an address alone, with that address.
            var named: [AddressBlock: AddressBlock] = [:]
            for item in try arguments.elements(0) {
                guard case .string(let text) = item else { throw .failed("element must be string") }
                guard let address = AddressBlock(address: text) else {
                    blocks.append(try block(text, mayBeAddress: false))
                    continue
                }
                guard let block = AddressBlock(classOf: text) else {
                    throw .failed("IPv6 invalid: needs prefix length")
                }
                blocks.append(block)
                named[block] = address
            }
            try context.charge(blocks.count * (2 + named.count))
            return .set(
                SetValue(
                    AddressBlock.merge(blocks).map { block in
                        // OPA shows such a block by its address, unless another was merged into it.
                        let isAlone = named[block] != nil && blocks.count { block.contains($0) } == 1
                        return .string(isAlone ? block.text(naming: named[block] ?? block) : block.text)
                    }))
        },
    ]

    private static func block(_ text: String, mayBeAddress: Bool) throws(BuiltinError) -> AddressBlock {
        if let block = AddressBlock(text) { return block }
        if mayBeAddress, let block = AddressBlock(address: text) { return block }
        throw .failed("invalid CIDR address: \(text)")
    }

    /// A text itself, elements of an array by position, of a set by themselves, of an object by key. Anything else
    /// has none.
    private static func keyedBlocks(
        _ arguments: BuiltinArguments, _ index: Int
    ) throws(BuiltinError) -> [(Value, Value)] {
        let items: [(Value, Value)]
        switch arguments[index] {
        case .string: return [(arguments[index], arguments[index])]
        case .array(let list): items = list.enumerated().map { (.int($0.offset), $0.element) }
        case .set(let set): items = set.elements.map { ($0, $0) }
        case .object(let object): items = object.members
        default: return []
        }
        return try items.map { (key, item) throws(BuiltinError) in
            switch item {
            case .string: return (key, item)
            case .array(let parts) where !parts.isEmpty: return (key, parts[0])
            default: throw .failed("operand \(index + 1): element must be string or non-empty array")
            }
        }
    }

    private static func text(_ value: Value) throws(BuiltinError) -> String {
        guard case .string(let text) = value else { throw .operand(1, mustBe: .string, got: value) }
        return text
    }
}
