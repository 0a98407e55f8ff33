// Where camd's sockets are when nobody says otherwise. The same rules as camd's own configuration.

internal import Linux

/// The default paths of camd's sockets.
public enum SocketLocation {
    /// `CAM_SOCKET`, else `cam.sock` in the runtime folder.
    public static func agents(environment: ((String) -> String?)? = nil) -> String {
        let environment = environment ?? { ThisProcess.environment($0) }
        return set("CAM_SOCKET", environment) ?? runtimeFolder(environment) + "/cam.sock"
    }

    /// `CAM_ADMIN_SOCKET`, else `admin.sock` in the runtime folder.
    public static func administration(environment: ((String) -> String?)? = nil) -> String {
        let environment = environment ?? { ThisProcess.environment($0) }
        return set("CAM_ADMIN_SOCKET", environment) ?? runtimeFolder(environment) + "/admin.sock"
    }

    /// `CAM_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/cam`, else `/run/cam` for root, else `run` in the state folder.
    private static func runtimeFolder(_ environment: (String) -> String?) -> String {
        if let folder = set("CAM_RUNTIME_DIR", environment) { return folder }
        if let folder = absolute("XDG_RUNTIME_DIR", environment) { return folder + "/cam" }
        if ThisProcess.userID == 0 { return "/run/cam" }
        if let folder = set("CAM_STATE_DIR", environment) { return folder + "/run" }
        if let folder = absolute("XDG_STATE_HOME", environment) { return folder + "/cam/run" }
        let home = absolute("HOME", environment) ?? ThisProcess.homeFolder() ?? ""
        return home + "/.local/state/cam/run"
    }

    private static func set(_ name: String, _ environment: (String) -> String?) -> String? {
        environment(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The XDG names count only when they are absolute.
    private static func absolute(_ name: String, _ environment: (String) -> String?) -> String? {
        set(name, environment).flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
