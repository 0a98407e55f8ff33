// `rego.metadata.rule` and `rego.metadata.chain`: constants, because what they say is known at load.

/// The annotations of all modules.
struct Metadata: Sendable {
    let modules: [Module]

    /// Those of a rule itself, the nearest first.
    fileprivate func annotations(of declared: DeclaredRule) -> [Annotation] {
        modules[declared.module].annotations.filter {
            $0.scope == .rule && $0.target == declared.rule.span.start
        }.reversed()
    }

    fileprivate func packageAnnotations(_ scope: Annotation.Scope, _ package: ArraySlice<String>) -> [Annotation] {
        modules.filter { $0.package[...] == package }.flatMap(\.annotations).filter { $0.scope == scope }
    }
}

extension Resolver {
    /// The value of a call of `rego.metadata.*` within a rule; nil for any other call.
    func metadata(_ target: Target) -> Value? {
        guard case .builtin(let index) = target, let declared = rule, let metadata = module.metadata else { return nil }
        switch Builtins.all[index].name {
        case "rego.metadata.rule": return metadata.annotations(of: declared).first?.value ?? .emptyObject
        case "rego.metadata.chain": return .array(chain(of: declared, metadata))
        default: return nil
        }
    }

    /// From the rule outwards: its own annotations, its document's, its package's, those of the packages around it.
    private func chain(of declared: DeclaredRule, _ metadata: Metadata) -> [Value] {
        let own = metadata.annotations(of: declared)
        var links = own.isEmpty ? [link(declared.prefix, nil)] : own.map { link(declared.prefix, $0) }
        if let document = documentAnnotation(declared.prefix, metadata) {
            links.append(link(declared.prefix, document))
        }
        let package = metadata.modules[declared.module].package[...]
        func add(_ scope: Annotation.Scope, _ package: ArraySlice<String>) {
            guard let first = metadata.packageAnnotations(scope, package).first else { return }
            links.append(link(package.map { .string($0) }, first))
        }
        add(.package, package)
        for count in (1...package.count).reversed() { add(.subpackages, package.prefix(count)) }
        return links
    }

    private func documentAnnotation(_ path: [Value], _ metadata: Metadata) -> Annotation? {
        for (number, module) in metadata.modules.enumerated() {
            for annotation in module.annotations where annotation.scope == .document {
                let isOfPath = tree.rules.contains {
                    $0.module == number && $0.rule.span.start == annotation.target && $0.prefix == path
                }
                if isOfPath { return annotation }
            }
        }
        return nil
    }

    private func link(_ path: [Value], _ annotation: Annotation?) -> Value {
        .object(members: [("path", .array(path))] + (annotation.map { [("annotations", $0.value)] } ?? []))
    }
}

extension Builtins {
    /// Known to the compiler; a call that is left has no rule around it.
    static let metadata: [Builtin] = ["rego.metadata.rule", "rego.metadata.chain"].map { name in
        Builtin(name, [], name.hasSuffix("chain") ? .array : .any) { (_, _) throws(BuiltinError) in
            throw .failed("must only be called within the scope of a rule")
        }
    }
}
