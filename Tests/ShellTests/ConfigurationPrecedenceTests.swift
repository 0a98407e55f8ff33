// Which source wins, where each value came from, and what the defaults are.

import Configuration
import Fixtures
import Foundation
import Linux
import Testing

@Suite struct ConfigurationPrecedenceTests {
    @Test func everySettingHasItsDefault() throws {
        let configuration = try Configuration.load(plainSources())
        #expect(configuration.callsPerSecond == 20_000)
        #expect(configuration.callBurst == 20_000)
        #expect(configuration.openRequestsMax == 1024)
        #expect(configuration.frameMebibytes == 16)
        #expect(configuration.connectionsMax == 4096)
        #expect(configuration.connectionsPerUserMax == 1024)
        #expect(configuration.defaultDeadlineMilliseconds == 30_000)
        #expect(configuration.queuedTasksMax == 1_000_000)
        #expect(configuration.tasksPerAgentMax == 10_000)
        #expect(configuration.tokenLifetimeHours == 24)
        #expect(configuration.logLevel == .info)
        #expect(configuration.socketMode == FileMode(bits: 0o600))
        #expect(configuration.requiredSandboxLayers == ["seccomp", "no_new_privs"])
        #expect(configuration.memory == nil)
        #expect(configuration.entries.map(\.declaration.key) == Settings.all.map(\.key))
        #expect(configuration.entries.allSatisfy { $0.origin == .fallback })
        #expect(configuration.file == nil)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func flagsBeatTheEnvironmentWhichBeatsTheFileWhichBeatsDefaults() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "{\n  limits: { burst: 1, calls_per_second: 1, connections: 2000 },\n}", to: "camd.json5")
        let configuration = try Configuration.load(
            plainSources(
                ["CAM_LIMITS_BURST": "2", "CAM_LIMITS_CALLS_PER_SECOND": "2"], file: file,
                flags: [.set("limits.burst=3")]))
        #expect(configuration.callBurst == 3)
        #expect(configuration.callsPerSecond == 2)
        #expect(configuration.connectionsMax == 2000)
        #expect(configuration.openRequestsMax == 1024)
        #expect(configuration.origin(\.callBurst).description == "flag --set")
        #expect(configuration.origin(\.callsPerSecond).description == "env CAM_LIMITS_CALLS_PER_SECOND")
        #expect(configuration.origin(\.connectionsMax).description == "file:\(file):2")
        #expect(configuration.origin(\.openRequestsMax).description == "default")
        #expect(configuration.file == file)
    }

    @Test func theLaterOfTwoFlagsCounts() throws {
        let flags = [
            FlagAssignment.set("state.dir=/a"), FlagAssignment(flag: "--state-dir", key: "state.dir", text: "/b"),
        ]
        let configuration = try Configuration.load(plainSources(flags: flags))
        #expect(configuration.stateDirectory == "/b")
        #expect(configuration.origin(\.stateDirectory).description == "flag --state-dir")
    }

    @Test func theContractsShortNamesOfTheEnvironmentWork() throws {
        let configuration = try Configuration.load(
            plainSources([
                "CAM_SOCKET": "/s/a.sock", "CAM_ADMIN_SOCKET": "/s/b.sock", "CAM_STATE_DIR": "/state",
                "CAM_RUNTIME_DIR": "/runtime", "CAM_DRIVERS_DIR": "/drivers", "CAM_POLICIES_DIR": "/policies",
            ]))
        #expect(configuration.agentSocket == "/s/a.sock")
        #expect(configuration.adminSocket == "/s/b.sock")
        #expect(configuration.stateDirectory == "/state")
        #expect(configuration.runtimeDirectory == "/runtime")
        #expect(configuration.driversDirectory == "/drivers")
        #expect(configuration.policiesDirectory == "/policies")
    }

    @Test func defaultsOfAUserFollowTheBaseDirectories() throws {
        let plain = try Configuration.load(plainSources())
        #expect(plain.stateDirectory == "/nonexistent/home/.local/state/cam")
        #expect(plain.agentSocket == "/run/user/1000/cam/cam.sock")
        #expect(plain.adminSocket == "/run/user/1000/cam/admin.sock")
        #expect(plain.driversDirectory == "/opt/cam/libexec/cam/drivers")
        #expect(plain.policiesDirectory == "/opt/cam/share/cam/policies")
        #expect(plain.launcherPath == "/opt/cam/bin/cam-sandbox")
        let moved = try Configuration.load(plainSources(["XDG_STATE_HOME": "/x/state/", "XDG_RUNTIME_DIR": ""]))
        #expect(moved.stateDirectory == "/x/state/cam")
        #expect(moved.runtimeDirectory == "/x/state/cam/run")
    }

    @Test func defaultsOfRootAreTheSystemsFolders() throws {
        let root = try Configuration.load(plainSources(["XDG_RUNTIME_DIR": ""], userID: 0))
        #expect(root.stateDirectory == "/var/lib/cam")
        #expect(root.agentSocket == "/run/cam/cam.sock")
    }

    @Test func aFileIsLookedForInTheBaseDirectory() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("{ 'log.level': 'debug' }", to: "cam/camd.json5")
        let sources = plainSources(["XDG_CONFIG_HOME": folder.path], userID: ThisProcess.userID)
        let configuration = try Configuration.load(sources)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.file == file)
    }

    @Test func pathsCountFromWhereTheyWereWritten() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("{ drivers: { dir: './mine' }, policies: { dir: '~/p' } }", to: "camd.json5")
        let configuration = try Configuration.load(plainSources(["CAM_STATE_DIR": "here"], file: file))
        #expect(configuration.driversDirectory == folder.path + "/mine")
        #expect(configuration.policiesDirectory == "/nonexistent/home/p")
        #expect(configuration.stateDirectory == "/some/place/here")
    }

    @Test func redisServerIsFoundInThePath() throws {
        let folder = try TemporaryFolder()
        let program = try folder.write("#!/bin/sh\n", to: "redis-server", mode: 0o700)
        let configuration = try Configuration.load(plainSources(["PATH": "relative:\(folder.path)"]))
        #expect(configuration.redisServer == program)
    }

    @Test func whatIsAlmostASettingInTheEnvironmentIsPointedOut() throws {
        let configuration = try Configuration.load(
            plainSources(["CAM_LIMITS_BURTS": "5", "CAM_DRIVER_SECRET": "x", "CAM_SOKET": "/x"]))
        #expect(
            configuration.warnings == [
                "CAM_LIMITS_BURTS in the environment is no setting; did you mean CAM_LIMITS_BURST?",
                "CAM_SOKET in the environment is no setting; did you mean CAM_SOCKET?",
            ])
    }

    @Test func aSocketPathThatIsTooLongForOthersIsPointedOut() throws {
        let configuration = try Configuration.load(
            plainSources(flags: [.set("socket.agent=/" + String(repeating: "x", count: 107))]))
        #expect(configuration.warnings.count == 1)
        #expect(configuration.warnings.first?.hasPrefix("socket.agent is longer than the 107 bytes") == true)
    }
}
