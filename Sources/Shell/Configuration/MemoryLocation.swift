// The Redis that `memory.url` names.

public enum MemoryLocation: Sendable, Hashable {
    /// What is needed to log in; empty texts where the URL says nothing.
    public struct Login: Sendable, Hashable {
        public var user = ""
        public var password = ""

        public init(user: String = "", password: String = "") {
            self.user = user
            self.password = password
        }
    }

    /// A redis-server that camd starts for itself.
    case privateServer
    case unixSocket(path: String, Login)
    case tcp(host: String, port: UInt16, Login)

    /// What `memory.url` may be, as an error says it.
    static let expected = "redis://[user:password@]host[:port], unix:///path, or nothing"

    /// Nothing where the text is no such URL.
    public init?(url: String) {
        if url.isEmpty {
            self = .privateServer
            return
        }
        guard let scheme = url.firstRange(of: "://") else { return nil }
        var login = Login()
        var rest = url[scheme.upperBound...]
        if let at = rest.lastIndex(of: "@") {
            guard let decoded = Self.login(rest[..<at]) else { return nil }
            login = decoded
            rest = rest[rest.index(after: at)...]
        }
        switch url[..<scheme.lowerBound] {
        case "unix":
            guard rest.hasPrefix("/"), rest.count > 1 else { return nil }
            self = .unixSocket(path: String(rest), login)
        case "redis":
            guard let (host, port) = Self.hostAndPort(rest.hasSuffix("/") ? rest.dropLast() : rest) else { return nil }
            self = .tcp(host: host, port: port, login)
        default: return nil
        }
    }

    /// Whether what travels to this store leaves the machine.
    public var isRemote: Bool {
        guard case .tcp(let host, _, _) = self else { return false }
        return !(host == "localhost" || host == "::1" || host.hasPrefix("127."))
    }

    /// The URL as it may be shown.
    static func withoutPassword(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://"), let at = url.lastIndex(of: "@"), scheme.upperBound <= at else {
            return url
        }
        return url[..<scheme.upperBound] + "…" + url[at...]
    }

    private static func login(_ text: Substring) -> Login? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = percentDecoded(parts[0]) else { return nil }
        // A lone part is the password, as redis-cli has it with an empty user.
        guard parts.count == 2 else { return nil }
        guard let password = percentDecoded(parts[1]) else { return nil }
        return Login(user: user, password: password)
    }

    private static func hostAndPort(_ text: Substring) -> (String, UInt16)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<end]
            return port(text[text.index(after: end)...]).flatMap { host.isEmpty ? nil : (String(host), $0) }
        }
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        let host = text[..<colon]
        guard !host.isEmpty, !host.contains("/") else { return nil }
        return port(text[colon...]).map { (String(host), $0) }
    }

    private static func port(_ text: Substring) -> UInt16? {
        if text.isEmpty { return 6379 }
        guard text.hasPrefix(":"), let port = UInt16(text.dropFirst()), port > 0 else { return nil }
        return port
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
