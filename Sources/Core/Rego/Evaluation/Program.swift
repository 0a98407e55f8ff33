// The compiled form: rules as straight lines of small instructions over numbered slots. Variables are bound in an
// order that was fixed at compile time, so evaluation never asks whether a variable has a value.

/// What an instruction does. Operands a to d are slots (≥ 0) or constants (< 0, as `~index`) unless said otherwise.
/// "Fails" means: this way of satisfying the body ends, go back to the last iteration.
enum Operation: UInt8, Sendable {
    /// Fails.
    case fail
    /// Fails when a is false.
    case truthy
    /// Fails unless a equals b.
    case equal
    /// a := b
    case move
    /// a := input at static path b; fails when undefined.
    case input
    /// a := b[c]; fails when there is none.
    case get
    /// For each member of a: b := key, c := value (−1: not wanted), and on.
    case scan
    /// Fails unless a is an array of b elements (b a number).
    case isArray
    /// Fails unless a is an object of b members (b a number).
    case isObject
    /// a := collection of the c operands that start at list index b; an object's come in pairs.
    case makeArray, makeSet, makeObject
    /// a := builtin b with the operands at list index c; fails when undefined.
    case builtin
    /// For each value of builtin b with the operands at list index c: a := it, and on.
    case relation
    /// a := function group b with the operands at list index c; fails when undefined.
    case function
    /// a := value of rule group b; fails when undefined.
    case rule
    /// a := base data at static path b; fails when undefined.
    case base
    /// a := everything under tree node b, base and virtual; fails when neither exists.
    case extent
    /// a, a+1 := cursor at tree node b.
    case cursor
    /// a, a+1 := cursor b moved to key c; fails when nothing is there.
    case cursorGet
    /// For each key under cursor b: c := key (−1: not wanted); a, a+1 := cursor there, and on.
    case cursorScan
    /// a := everything at cursor b.
    case cursorEnd
    /// Runs what follows up to b; fails when that succeeds, else goes on at b.
    case not
    /// Runs what follows up to b with collector a; then d := collection of kind c (0 array, 1 set, 2 object).
    case comprehension
    /// Adds b (an object's key b and value c) to collector a, then fails, to come again with the next.
    case collect, collectMember
    /// For each member of a: b := key (−1), c := value; what follows up to d must succeed each time.
    case every
    /// Ends a block that needs to succeed only once.
    case done
    /// Applies the modifiers at index a until the matching `endWith`.
    case with
    case endWith
    /// The body has value a. b is 1 when no other value is possible.
    case result
    /// The body has value b at the path of c keys that start at list index a, in a partial object.
    case member
    /// The body has element b at the path of c keys that start at list index a, in a partial set.
    case element
    /// a := whether b is in the membership table c.
    case isIn
    /// a := template of the c pieces at list index b: strings, or sets of at most one value.
    case template
}

struct Instruction: Sendable {
    let operation: Operation
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
    var d: Int32 = 0
    /// Which literal of the unit this belongs to; −1 for none that the author wrote.
    var literal: Int32 = -1
}

/// The code of one body: a rule, an else branch, a default, a query.
final class CodeUnit: Sendable {
    let code: [Instruction]
    let constants: [Value]
    /// Operand lists of instructions that take many.
    let lists: [Int32]
    let paths: [[Value]]
    let modifiers: [[Modifier]]
    let memberships: [Membership]
    let slotCount: Int
    let collectorCount: Int
    let argumentCount: Int
    let literals: [Span]
    /// Names of its variables, whose slots follow those of the arguments; empty for those that the compiler made.
    let names: [String]
    let source: SourceFile
    let span: Span
    /// The value is the same whenever there is one.
    let constantResult: Value?
    /// Where to go on when this unit has no value.
    let otherwise: CodeUnit?

    init(
        code: [Instruction], constants: [Value], lists: [Int32], paths: [[Value]], modifiers: [[Modifier]],
        memberships: [Membership], slotCount: Int, collectorCount: Int, argumentCount: Int, literals: [Span],
        names: [String], source: SourceFile, span: Span,
        constantResult: Value?, otherwise: CodeUnit?
    ) {
        self.code = code
        self.constants = constants
        self.lists = lists
        self.paths = paths
        self.modifiers = modifiers
        self.memberships = memberships
        self.slotCount = slotCount
        self.collectorCount = collectorCount
        self.argumentCount = argumentCount
        self.literals = literals
        self.names = names
        self.source = source
        self.span = span
        self.constantResult = constantResult
        self.otherwise = otherwise
    }
}

/// A collection that is known at load, for `x in …`: found by hash, however large it is.
final class Membership: Sendable {
    /// Where it is when `with` replaces parts of `data`; empty for one that is written out.
    let path: [Value]
    let collection: Value
    let elements: Set<Value>

    init?(path: [Value], collection: Value) {
        guard let elements = collection.elements else { return nil }
        self.path = path
        self.collection = collection
        self.elements = Set(elements)
    }
}

/// A compiled `with`.
struct Modifier: Sendable {
    enum Kind: Sendable {
        case input([Value])
        case data([Value])
        case functionByValue(Target)
        case functionByFunction(Target, Target)
    }

    let kind: Kind
    /// The operand that holds the value; unused when a function replaces a function.
    let operand: Int32
}

/// All rules of one name. A class, because evaluation passes it around in its innermost loops.
final class RuleGroup: Sendable {
    let name: String
    let kind: GroupKind
    let path: [Value]
    let rules: [CodeUnit]
    let defaultRule: CodeUnit?
    /// All rules have one and the same constant value, so the first that holds decides.
    let firstDecides: Bool
    /// Rules that cannot hold are not run; nil where all are.
    let index: RuleIndex?

    init(
        name: String, kind: GroupKind, path: [Value], rules: [CodeUnit], defaultRule: CodeUnit?, firstDecides: Bool,
        index: RuleIndex? = nil
    ) {
        self.name = name
        self.kind = kind
        self.path = path
        self.rules = rules
        self.defaultRule = defaultRule
        self.firstDecides = firstDecides
        self.index = index
    }

    func indexed(by index: RuleIndex) -> RuleGroup {
        RuleGroup(
            name: name, kind: kind, path: path, rules: rules, defaultRule: defaultRule, firstDecides: firstDecides,
            index: index)
    }
}

/// A compiled set of modules over its data.
final class Program: Sendable {
    let tree: RuleTree
    let groups: [RuleGroup]
    let data: Value
    let isIndexed: Bool
    let patterns: ConstantPatterns

    init(tree: RuleTree, groups: [RuleGroup], data: Value, isIndexed: Bool) {
        self.tree = tree
        self.groups = groups
        self.data = data
        self.isIndexed = isIndexed
        patterns = ConstantPatterns(of: groups)
    }
}
