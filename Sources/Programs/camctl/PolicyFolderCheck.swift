// Compiles a folder of policies as camd would, without camd.

import Linux
import Policy
import PolicyFiles
import ProtobufWire

/// What a folder of policies comes to.
enum PolicyFolderCheck {
    case good(version: Text, files: [Text])
    /// One line for each mistake, with file, line and column.
    case bad([String])

    init(_ folder: String) {
        do {
            let files = try PolicyFolder(reading: folder)
            let facts = PolicyKernelFacts(uid: ThisProcess.userID)
            let engine = try PolicyEngine(modules: files.modules, data: files.data, kernel: facts)
            self = .good(version: engine.version, files: (files.modules + files.data).map(\.name))
        } catch let errors as PolicyLoadErrors {
            self = .bad(errors.items.map(\.description))
        } catch {
            self = .bad(["\(error)"])
        }
    }
}
