// Asks a program for its version.

import Linux

enum ProgramVersion {
    /// The first word of the shape 7.0.15 that `--version` prints; nothing where it cannot be started or prints none.
    static func of(_ path: String) -> String? {
        do {
            let text = try SpawnPlan.output(of: path, ["--version"])
            return text.split { !($0.isNumber || $0 == ".") }.map(String.init).first {
                $0.contains(".") && $0.first != "."
            }
        } catch {
            return nil
        }
    }
}
