// The URLs of memory.url.

import Configuration
import Testing

@Suite struct MemoryLocationTests {
    @Test func everyFormIsRead() {
        typealias Login = MemoryLocation.Login
        #expect(MemoryLocation(url: "") == .privateServer)
        #expect(MemoryLocation(url: "unix:///run/redis.sock") == .unixSocket(path: "/run/redis.sock", Login()))
        #expect(MemoryLocation(url: "redis://localhost") == .tcp(host: "localhost", port: 6379, Login()))
        #expect(MemoryLocation(url: "redis://[::1]:7000") == .tcp(host: "::1", port: 7000, Login()))
        #expect(
            MemoryLocation(url: "redis://me:a%40b@10.0.0.1:1/")
                == .tcp(host: "10.0.0.1", port: 1, Login(user: "me", password: "a@b")))
        #expect(
            MemoryLocation(url: "redis://:pw@h") == .tcp(host: "h", port: 6379, Login(user: "", password: "pw")))
    }

    @Test(arguments: [
        "redis", "redis://", "redis://:80", "redis://h:0", "redis://h:70000", "redis://h/x", "unix://x", "unix:///",
        "rediss://h", "redis://user@h", "redis://a:%zz@h", "redis://[::1", "redis://h:-1",
    ])
    func anythingElseIsRefused(url: String) {
        #expect(MemoryLocation(url: url) == nil)
    }

    @Test func onlyLoopbackAndUnixSocketsStayOnTheMachine() {
        #expect(MemoryLocation(url: "redis://127.0.0.5")?.isRemote == false)
        #expect(MemoryLocation(url: "redis://[::1]")?.isRemote == false)
        #expect(MemoryLocation(url: "unix:///x")?.isRemote == false)
        #expect(MemoryLocation(url: "redis://10.0.0.1")?.isRemote == true)
    }
}
