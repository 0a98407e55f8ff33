// Where camd and what belongs to it lie.

import CommandLineInterface
import Linux

/// An installed tree (bin, libexec/cam/drivers, share/cam/policies), and the camd to run from it.
struct Installation {
    let camd: String
    /// Nil where camd's own idea of its tree is good enough.
    let tree: String?

    /// What was asked for, else CAM_TREE, else the tree that this program lies in, else a build of the repository.
    static func find(tree: String?, camd: String?) throws -> Installation {
        let own = Directory.parent(of: try ThisProcess.executablePath())
        let tree = try (tree ?? ThisProcess.environment("CAM_TREE")) ?? treeAround(own)
        let program = camd ?? tree.map { $0 + "/bin/camd" } ?? own + "/camd"
        guard File.isExecutable(program) else {
            throw BenchFailure("there is no camd at \(program); name one with --camd or its tree with --tree", .usage)
        }
        return Installation(camd: program, tree: tree)
    }

    /// The tree whose `bin` this is, or the one that Deploy/build.sh laid out above a build's own folder.
    private static func treeAround(_ folder: String) throws -> String? {
        var above = folder
        for _ in 0..<3 {
            above = Directory.parent(of: above)
            for tree in [above, above + "/cam"] where try File.exists(tree + "/share/cam/policies") { return tree }
        }
        return nil
    }

    var driversFolder: String? { tree.map { $0 + "/libexec/cam/drivers" } }
    var policiesFolder: String? { tree.map { $0 + "/share/cam/policies" } }

    /// A program as `$PATH` finds it.
    static func inPath(_ name: String) throws -> String {
        let path = ThisProcess.environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in path.split(separator: ":") where File.isExecutable("\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw BenchFailure("\(name) is not installed; on Debian: apt-get install redis-server redis-tools")
    }
}
