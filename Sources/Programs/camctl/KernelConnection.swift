// Connects to camd on the socket that a command needs.

import CAMClient
import CommandLineInterface
import Configuration
import Linux
import ProtobufWire

/// Which of camd's two doors a command uses.
enum Access {
    /// As an agent.
    case agent
    /// As an administrator.
    case administrator
    /// As an administrator where this user is one, and as an agent otherwise or where one is named.
    case whicheverIsOpen
}

enum KernelConnection {
    /// Where the system service listens, for users who run no camd of their own.
    private static let systemFolder = "/run/cam"

    /// Runs a command's body with a connection and closes it afterwards. What the kernel refuses is told in the form that
    /// was asked for.
    static func with(
        _ access: Access, _ invocation: Invocation, _ console: Console,
        _ body: (CAMClient) async throws -> ExitCode
    ) async throws -> ExitCode {
        do {
            return try await connected(access, invocation, body)
        } catch let failure as CallFailure {
            if invocation.wantsJSON { console.json(CallFailureText.json(failure)) }
            for line in CallFailureText.lines(failure) { console.error(line) }
            return failure.exitCode
        }
    }

    private static func connected(
        _ access: Access, _ invocation: Invocation, _ body: (CAMClient) async throws -> ExitCode
    ) async throws -> ExitCode {
        let configuration = try Configuration.load(ConfigurationOptions.sources(invocation))
        let options = ConnectOptions(
            socketPath: socketPath(access, configuration, invocation),
            name: Text(invocation[CommonOptions.name] ?? "camctl"), labels: try invocation.labels(),
            reconnect: .never)
        let client = try await CAMClient.connect(options)
        let result: Result<ExitCode, any Error>
        do {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        await client.close()
        return try result.get()
    }

    static func socketPath(_ access: Access, _ configuration: Configuration, _ invocation: Invocation) -> String {
        switch access {
        case .agent: return agentSocket(configuration)
        case .administrator: return adminSocket(configuration)
        case .whicheverIsOpen:
            let isNamed = invocation[CommonOptions.name] != nil || !invocation[CommonOptions.labels].isEmpty
            let admin = adminSocket(configuration)
            return !isNamed && exists(admin) ? admin : agentSocket(configuration)
        }
    }

    private static func agentSocket(_ configuration: Configuration) -> String {
        nearest(configuration.agentSocket, configuration.origin(\.agentSocket), name: "cam.sock")
    }

    private static func adminSocket(_ configuration: Configuration) -> String {
        nearest(configuration.adminSocket, configuration.origin(\.adminSocket), name: "admin.sock")
    }

    /// The user's own camd where there is one, else the system's; what was configured is taken as it is.
    private static func nearest(_ path: String, _ origin: SettingOrigin, name: String) -> String {
        let system = systemFolder + "/" + name
        return origin == .fallback && !exists(path) && exists(system) ? system : path
    }

    private static func exists(_ path: String) -> Bool {
        do throws(Errno) { return try File.exists(path) } catch { return false }
    }
}
