// What this evaluator knows of and does not offer. A policy that calls it is refused when it is loaded, with the
// reason; it never evaluates to undefined.

extension Builtins {
    static let refused: [String: String] = {
        let later = "not offered by this version"
        let network = "a policy may not use the network"
        var refused: [String: String] = [
            "net.lookup_ip_addr": network,
            "rego.parse_module": "a policy may not load policies",
            "opa.runtime": later,
        ]
        for name in [
            "all", "any", "cast_array", "cast_boolean", "cast_null", "cast_object", "cast_set", "cast_string",
            "net.cidr_overlap", "re_match", "set_diff",
        ] { refused[name] = "deprecated in OPA 1.0" }
        return refused
    }()
}
