// `memory.url`: where the store of memory contexts is. What it names is decided here, nothing is looked up.

import Bytes

/// A parsed `memory.url`. The password is never part of a description or of an error.
public enum MemoryURL: Sendable, Equatable {
    /// `unix:///path/redis.sock`, with `unix://user:password@/path` where the server asks for one.
    case unixSocket(path: String, credentials: Credentials?)
    /// `redis://[user[:password]@]host[:port][/database]`
    case tcp(host: String, port: UInt16, database: UInt32, credentials: Credentials?)

    public struct Credentials: Sendable, Equatable {
        /// nil where only a password is asked for (`redis://:password@host`).
        public var user: String?
        public var password: String

        public init(user: String?, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// One byte less than `sockaddr_un.sun_path`, which ends in NUL.
    public static let socketPathBytesMax = 107

    /// - Parameter allowPlaintext: whether values of the connection may cross a network in the clear. What is stored is
    ///   sealed either way; the password and the times of access are not.
    public static func parse(_ text: String, allowPlaintext: Bool) throws(MemoryURLError) -> MemoryURL {
        guard let mark = text.firstRange(of: "://") else { throw .noScheme }
        let rest = text[mark.upperBound...]
        switch text[..<mark.lowerBound] {
        case "unix": return try unix(rest)
        case "redis": return try redis(rest, allowPlaintext)
        case "rediss": throw .tls
        case let other: throw .unknownScheme(String(other.prefix(32)))
        }
    }

    private static func unix(_ rest: Substring) throws(MemoryURLError) -> MemoryURL {
        guard let slash = rest.firstIndex(of: "/") else { throw .relativePath }
        let credentials = try parseCredentials(of: rest[..<slash])
        guard credentials.rest.isEmpty else { throw .relativePath }
        let path = try decode(rest[slash...])
        guard path.utf8.count <= socketPathBytesMax else { throw .longPath(path.utf8.count) }
        return .unixSocket(path: path, credentials: credentials.value)
    }

    private static func redis(_ rest: Substring, _ allowPlaintext: Bool) throws(MemoryURLError) -> MemoryURL {
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let (credentials, place) = try parseCredentials(of: rest[..<slash])
        let (host, portText) = try split(place)
        guard !host.isEmpty else { throw .noHost }
        var port: UInt16 = 6379
        if let portText {
            guard let number = UInt16(portText), number > 0 else { throw .badPort(String(portText.prefix(32))) }
            port = number
        }
        let databaseText = rest[slash...].dropFirst()
        guard let database = databaseText.isEmpty ? 0 : UInt32(databaseText), database < 1 << 16 else {
            throw .badDatabase(String(databaseText.prefix(32)))
        }
        let name = try decode(host)
        guard allowPlaintext || isLoopback(name) else { throw .plaintext(host: name) }
        return .tcp(host: name, port: port, database: database, credentials: credentials)
    }

    /// Takes `user:password@` off the front. The last `@` ends it, since a host has none.
    private static func parseCredentials(
        of text: Substring
    ) throws(MemoryURLError) -> (value: Credentials?, rest: Substring) {
        guard let at = text.lastIndex(of: "@") else { return (nil, text) }
        let rest = text[text.index(after: at)...]
        let pair = text[..<at]
        guard let colon = pair.firstIndex(of: ":") else { throw .userWithoutPassword }
        let user = try decode(pair[..<colon])
        let password = try decode(pair[pair.index(after: colon)...])
        guard !password.isEmpty else { throw .userWithoutPassword }
        return (Credentials(user: user.isEmpty ? nil : user, password: password), rest)
    }

    /// host and port, where the host may be an IPv6 address in brackets.
    private static func split(_ place: Substring) throws(MemoryURLError) -> (host: Substring, port: Substring?) {
        if place.first == "[" {
            guard let end = place.firstIndex(of: "]") else { throw .noHost }
            let host = place[place.index(after: place.startIndex)..<end]
            let tail = place[place.index(after: end)...]
            if tail.isEmpty { return (host, nil) }
            guard tail.first == ":" else { throw .badPort(String(tail.prefix(32))) }
            return (host, tail.dropFirst())
        }
        guard let colon = place.firstIndex(of: ":") else { return (place, nil) }
        return (place[..<colon], place[place.index(after: colon)...])
    }

    private static func decode(_ text: Substring) throws(MemoryURLError) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hexadecimal.value),
                let low = rest.popFirst().flatMap(Hexadecimal.value)
            else {
                throw .badEscape
            }
            bytes.append(high << 4 | low)
        }
        // A NUL would end the name early in every C library below.
        guard !bytes.contains(0), let decoded = String(validating: bytes, as: UTF8.self) else { throw .badEscape }
        return decoded
    }

    /// 127.0.0.0/8, ::1 and the name that RFC 6761 §6.3 keeps for them. Nothing else, however it may resolve.
    static func isLoopback(_ host: String) -> Bool {
        if host == "::1" || host.lowercased() == "localhost" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return false }
        return parts.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
    }
}

/// Why a `memory.url` was refused, in a sentence that says what to write instead.
public enum MemoryURLError: Error, Sendable, Equatable, CustomStringConvertible {
    case noScheme
    case unknownScheme(String)
    case tls
    case relativePath
    case longPath(Int)
    case noHost
    case badPort(String)
    case badDatabase(String)
    case userWithoutPassword
    case badEscape
    case plaintext(host: String)

    public var description: String {
        switch self {
        case .noScheme: "memory.url has no scheme; write unix:///path/to/redis.sock or redis://host:6379"
        case .unknownScheme(let scheme): "memory.url: \(scheme):// is not known; use unix:// or redis://"
        case .tls:
            "memory.url: rediss:// (TLS) is not supported by this version; run a tunnel that ends on this machine, "
                + "for example stunnel or `ssh -L 6379:127.0.0.1:6379 host`, and write redis://127.0.0.1:6379"
        case .relativePath: "memory.url: unix:// needs an absolute path, as in unix:///run/redis/redis.sock"
        case .longPath(let count):
            "memory.url: the socket's path has \(count) bytes; Linux allows \(MemoryURL.socketPathBytesMax)"
        case .noHost: "memory.url names no host; write redis://host:6379"
        case .badPort(let text): "memory.url: the port is a number from 1 to 65535, not \"\(text)\""
        case .badDatabase(let text): "memory.url: the database is a number such as /0, not \"/\(text)\""
        case .userWithoutPassword:
            "memory.url: before the @ stands user:password, or :password alone; an @ or / in either is written %40 or %2F"
        case .badEscape: "memory.url: a % starts two hexadecimal digits, and the text must be UTF-8 without NUL"
        case .plaintext(let host):
            "memory.url: \(host) is not this machine, and redis:// sends the password in the clear; use a tunnel "
                + "that ends on 127.0.0.1, or set memory.allow_plaintext = true if the network is trusted"
        }
    }
}
