// Where the programs of this package are when its tests run.

public import Linux

public enum BuiltProgram {
    /// The program `name` beside the running tests, as `swift build` leaves it.
    ///
    /// - Throws: `Errno.ENOENT` where it was not built.
    public static func path(_ name: String) throws(Errno) -> String {
        let path = Directory.parent(of: try ThisProcess.executablePath()) + "/" + name
        guard File.isExecutable(path) else { throw Errno.ENOENT }
        return path
    }
}
