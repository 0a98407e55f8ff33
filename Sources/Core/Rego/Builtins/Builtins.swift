// The table of builtins: what policies may call, with how many arguments of which types.

/// A set of value types, for checking calls at load.
struct TypeSet: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = TypeSet(rawValue: 1)
    static let boolean = TypeSet(rawValue: 2)
    static let number = TypeSet(rawValue: 4)
    static let string = TypeSet(rawValue: 8)
    static let array = TypeSet(rawValue: 16)
    static let object = TypeSet(rawValue: 32)
    static let set = TypeSet(rawValue: 64)

    static let any = TypeSet(rawValue: 127)
    static let collection: TypeSet = [.array, .set]
    static let iterable: TypeSet = [.array, .set, .object]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ kind: Value.Kind) { rawValue = 1 << kind.rawValue }

    /// `number or string`
    var name: String {
        if self == .any { return "any" }
        let kinds: [Value.Kind] = [.null, .bool, .number, .string, .array, .object, .set]
        return kinds.filter { contains(TypeSet($0)) }.map(\.name).joined(separator: " or ")
    }
}

/// Why a builtin has no value. Undefined without strict errors; a denial with them.
struct BuiltinError: Error {
    enum Kind: Sendable {
        /// An operand of the wrong type: `eval_type_error`.
        case type
        /// Anything else: `eval_builtin_error`.
        case failed
        /// The builtin would cost more than the evaluation may: `eval_cancel_error`, never "undefined".
        case budget
    }

    let kind: Kind
    let message: String
    /// Which budget was spent.
    var limit: Budget.Limit?

    static func failed(_ message: String) -> BuiltinError { BuiltinError(kind: .failed, message: message) }

    static func operand(_ position: Int, mustBe types: TypeSet, got value: Value) -> BuiltinError {
        BuiltinError(
            kind: .type, message: "operand \(position) must be \(types.name) but got \(value.kind.name)")
    }
}

/// What a builtin may know besides its arguments.
struct BuiltinContext {
    private let clock: Int64
    /// Whether a builtin asked for the time.
    private(set) var readTime = false
    /// What `print` and `trace` said during the call.
    var printed: [String] = []
    /// Steps that are left; a builtin that makes many values takes one for each.
    var stepsLeft: UInt64
    /// Bytes that are left for values. A result is charged when it is there; a builtin whose result can be much larger
    /// than its arguments asks for it before, see `needMemory`.
    var memoryLeft: UInt64

    init(wallNanoseconds: Int64, stepsLeft: UInt64, memoryLeft: UInt64) {
        clock = wallNanoseconds
        self.stepsLeft = stepsLeft
        self.memoryLeft = memoryLeft
    }

    /// Nanoseconds since 1970, the same for a whole evaluation. Asking is noted: the answer depends on it then.
    var wallNanoseconds: Int64 {
        mutating get {
            readTime = true
            return clock
        }
    }

    /// Takes memory for a value.
    mutating func chargeMemory(_ bytes: Int) throws(BuiltinError) {
        try needMemory(bytes)
        memoryLeft -= UInt64(max(bytes, 0))
    }

    /// Fails when there is not enough memory left for a value that is to be made, which is charged when it is there.
    func needMemory(_ bytes: Int) throws(BuiltinError) {
        guard UInt64(max(bytes, 0)) <= memoryLeft else {
            throw BuiltinError(kind: .budget, message: "the evaluation's budget of memory is spent", limit: .memory)
        }
    }

    /// Takes `count` steps for work that a call is about to do.
    mutating func charge(_ count: Int) throws(BuiltinError) {
        guard UInt64(max(count, 0)) <= stepsLeft else {
            throw BuiltinError(kind: .budget, message: "the evaluation's budget of steps is spent", limit: .steps)
        }
        stepsLeft -= UInt64(max(count, 0))
    }
}

typealias BuiltinArguments = UnsafeBufferPointer<Value>
/// The value, or nil for "undefined" that is no error.
typealias BuiltinBody = @Sendable (BuiltinArguments, inout BuiltinContext) throws(BuiltinError) -> Value?

struct Builtin: Sendable {
    let name: String
    let arguments: [TypeSet]
    let result: TypeSet
    /// Gives many values, one after the other: `walk`.
    let isRelation: Bool
    let body: BuiltinBody

    init(
        _ name: String, _ arguments: [TypeSet], _ result: TypeSet, isRelation: Bool = false,
        _ body: @escaping BuiltinBody
    ) {
        self.name = name
        self.arguments = arguments
        self.result = result
        self.isRelation = isRelation
        self.body = body
    }

    var arity: Int { arguments.count }

    /// The same builtin, but a call takes steps for the size of its arguments, so that no step does unbounded work.
    fileprivate func chargingSizes() -> Builtin {
        let body = body
        return Builtin(name, arguments, result, isRelation: isRelation) { (arguments, context) throws(BuiltinError) in
            for argument in arguments {
                switch argument {
                case .string(let text): try context.charge(text.utf8.count / 64)
                case .array(let items): try context.charge(items.count / 16)
                case .set(let set): try context.charge(set.count / 16)
                case .object(let object): try context.charge(object.count / 16)
                case .null, .bool, .int, .decimal: break
                }
            }
            return try body(arguments, &context)
        }
    }
}

enum Builtins {
    static let all: [Builtin] = [
        operators, numbers, aggregates, strings, types, collections, objects, times,
        encodings, graphs, patches, units, bits, versions, globs, networks,
        regexes, outputs, yaml,
        cryptography, tokens, requests, metadata,
    ].flatMap { $0 }.map { isQuick($0) ? $0 : $0.chargingSizes() }

    /// Whether a call takes about as long whatever the size of its arguments.
    private static func isQuick(_ builtin: Builtin) -> Bool {
        ["count", "object.get"].contains(builtin.name) || types.contains { $0.name == builtin.name }
            || operators.contains { $0.name == builtin.name && !["and", "or", "minus"].contains($0.name) }
    }

    private static let indices: [String: Int] = Dictionary(
        uniqueKeysWithValues: all.enumerated().map { ($0.element.name, $0.offset) })

    static func index(of name: String) -> Int? { indices[name] }
}
