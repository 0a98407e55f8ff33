// `memory.url`: every form that is understood, and a sentence for every one that is not.

import Contexts
import Testing

struct MemoryURLTests {
    private func parse(_ text: String, allowPlaintext: Bool = false) throws -> MemoryURL {
        try MemoryURL.parse(text, allowPlaintext: allowPlaintext)
    }

    private func refusal(_ text: String, allowPlaintext: Bool = false) -> MemoryURLError? {
        do throws(MemoryURLError) {
            _ = try MemoryURL.parse(text, allowPlaintext: allowPlaintext)
            return nil
        } catch {
            return error
        }
    }

    @Test func unixSockets() throws {
        #expect(try parse("unix:///run/redis.sock") == .unixSocket(path: "/run/redis.sock", credentials: nil))
        #expect(
            try parse("unix://:pa%3Ass@/run/a%20b.sock")
                == .unixSocket(path: "/run/a b.sock", credentials: .init(user: nil, password: "pa:ss")))
        #expect(refusal("unix://run/redis.sock") == .relativePath)
        #expect(refusal("unix://") == .relativePath)
        #expect(refusal("unix:///" + String(repeating: "x", count: 107)) == .longPath(108))
    }

    @Test func tcp() throws {
        #expect(
            try parse("redis://127.0.0.1") == .tcp(host: "127.0.0.1", port: 6379, database: 0, credentials: nil))
        #expect(
            try parse("redis://localhost:7000/") == .tcp(host: "localhost", port: 7000, database: 0, credentials: nil))
        #expect(try parse("redis://[::1]:7000/3") == .tcp(host: "::1", port: 7000, database: 3, credentials: nil))
        #expect(
            try parse("redis://cam:p%40ss%2F@127.9.9.9:1")
                == .tcp(
                    host: "127.9.9.9", port: 1, database: 0, credentials: .init(user: "cam", password: "p@ss/")))
        #expect(
            try parse("redis://:secret@10.0.0.1", allowPlaintext: true)
                == .tcp(host: "10.0.0.1", port: 6379, database: 0, credentials: .init(user: nil, password: "secret")))
    }

    @Test func inTheClearOnlyToThisMachine() {
        for host in [
            "10.0.0.1", "redis.example", "128.0.0.1", "127.0.0.1.example", "127.1", "[::2]", "localhost.example",
        ] {
            guard case .plaintext = refusal("redis://" + host) else {
                Issue.record("\(host) was accepted")
                continue
            }
            #expect(refusal("redis://" + host, allowPlaintext: true) == nil)
        }
    }

    @Test func tlsIsRefusedWithTheWayAround() {
        #expect(refusal("rediss://127.0.0.1") == .tls)
        #expect("\(MemoryURLError.tls)".contains("tunnel"))
    }

    @Test(arguments: [
        "", "redis", "http://127.0.0.1", "redis://", "redis://:6379", "redis://127.0.0.1:0", "redis://127.0.0.1:65536",
        "redis://127.0.0.1:x", "redis://127.0.0.1:", "redis://127.0.0.1/x", "redis://127.0.0.1/-1",
        "redis://user@127.0.0.1", "redis://user:@127.0.0.1", "redis://%zz@127.0.0.1", "redis://:%z1@127.0.0.1",
        "redis://:%00@127.0.0.1", "redis://:%ff@127.0.0.1", "redis://[::1", "redis://[::1]x", "unix:///%0",
    ])
    func nonsenseIsRefusedAndPasswordsAreNotRepeated(_ text: String) {
        let error = refusal(text)
        #expect(error != nil)
        #expect(!"\(String(describing: error))".contains("secret"))
    }

    @Test func noErrorRepeatsThePassword() {
        let bad = [
            "redis://u:s3cret@", "redis://u:s3cret@10.0.0.1", "redis://u:s3cret@127.0.0.1:x", "rediss://u:s3cret@h",
            "unix://u:s3cret@relative", "redis://u:s3cret@127.0.0.1/x", "redis://u:s3cret%@127.0.0.1",
        ]
        for text in bad { #expect(refusal(text).map { !"\($0)".contains("s3cret") } == true, "\(text)") }
    }
}
