// http.send, which no policy may: it is declared so that tests can replace it by `with`, and what is wrong with the
// request itself is said before that nothing is sent.

extension Builtins {
    static let requests: [Builtin] = [
        Builtin("http.send", [.object], .object) { (arguments, _) throws(BuiltinError) in
            let names = SetValue(try arguments.object(0).keys)
            let unknown = names.subtracting(requestParameters)
            guard unknown.count == 0 else { throw malformed("invalid", unknown) }
            let missing = neededParameters.subtracting(names)
            guard missing.count == 0 else { throw malformed("missing required", missing) }
            throw .failed("a policy may not use the network")
        }
    ]

    private static func malformed(_ what: String, _ names: SetValue) -> BuiltinError {
        BuiltinError(kind: .type, message: "operand 1 \(what) request parameters(s): \(Value.set(names))")
    }

    private static let neededParameters = SetValue([.string("method"), .string("url")])

    private static let requestParameters = SetValue(
        [
            "method", "url", "body", "raw_body", "headers", "timeout", "enable_redirect", "max_retry_attempts",
            "raise_error", "force_json_decode", "force_yaml_decode", "cache", "force_cache",
            "force_cache_duration_seconds", "caching_mode", "cache_ignored_headers", "tls_use_system_certs",
            "tls_ca_cert", "tls_ca_cert_file", "tls_ca_cert_env_variable", "tls_client_cert", "tls_client_cert_file",
            "tls_client_cert_env_variable", "tls_client_key", "tls_client_key_file", "tls_client_key_env_variable",
            "tls_insecure_skip_verify", "tls_server_name",
        ].map { .string($0) })
}
