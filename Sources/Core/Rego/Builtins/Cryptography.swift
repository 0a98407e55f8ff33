// crypto.*: hashes, message authentication codes, keys.

extension Builtins {
    static let cryptography: [Builtin] =
        [
            hash("crypto.md5", .md5), hash("crypto.sha1", .sha1), hash("crypto.sha256", .sha256),
            authenticationCode("crypto.hmac.md5", .md5), authenticationCode("crypto.hmac.sha1", .sha1),
            authenticationCode("crypto.hmac.sha256", .sha256), authenticationCode("crypto.hmac.sha512", .sha512),
            Builtin("crypto.hmac.equal", [.string, .string], .boolean) { (arguments, _) throws(BuiltinError) in
                .bool(Digest.areEqual(Array(try arguments.string(0).utf8), Array(try arguments.string(1).utf8)))
            },
        ] + privateKeys + certificates

    private static func hash(_ name: String, _ digest: Digest) -> Builtin {
        Builtin(name, [.string], .string) { (arguments, context) throws(BuiltinError) in
            let bytes = Array(try arguments.string(0).utf8)
            try context.charge(bytes.count / 32)
            return .string(Hex.encode(try digest.hash(bytes)))
        }
    }

    private static func authenticationCode(_ name: String, _ digest: Digest) -> Builtin {
        Builtin(name, [.string, .string], .string) { (arguments, context) throws(BuiltinError) in
            let bytes = Array(try arguments.string(0).utf8)
            let key = Array(try arguments.string(1).utf8)
            try context.charge((bytes.count + key.count) / 32)
            return .string(Hex.encode(try digest.authenticationCode(of: bytes, key: key)))
        }
    }
}
