// What this evaluator knows of and does not offer. A policy that calls it is refused when it is loaded, with the
// reason; it never evaluates to undefined.

extension Builtins {
    static let refused: [String: String] = {
        var refused: [String: String] = [
            "net.lookup_ip_addr": "a policy may not use the network",
            "rego.parse_module": "a policy may not load policies",
            "strings.render_template": "Go templates are a language of their own; sprintf and $\"{x}\" are offered",
            "json.match_schema": "JSON Schema is not offered",
            "json.verify_schema": "JSON Schema is not offered",
            "providers.aws.sign_req": "a policy has no request to sign, as it may not use the network",
        ]
        for name in ["parse_and_verify_certificates", "parse_and_verify_certificates_with_options"] {
            refused["crypto.x509.\(name)"] = "a chain of certificates is parsed and not verified"
        }
        for name in ["is_valid", "parse", "parse_and_verify", "parse_query", "parse_schema", "schema_is_valid"] {
            refused["graphql.\(name)"] = "GraphQL is not offered"
        }
        for name in [
            "all", "any", "cast_array", "cast_boolean", "cast_null", "cast_object", "cast_set", "cast_string",
            "net.cidr_overlap", "re_match", "set_diff",
        ] { refused[name] = "deprecated in OPA 1.0" }
        return refused
    }()
}

extension CompiledPolicy {
    /// Builtins of OPA that are known and not offered, each with the reason; a module that calls one is refused.
    public static var refusedBuiltins: [String: String] { Builtins.refused }
}
