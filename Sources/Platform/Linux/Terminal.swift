// How wide a terminal is, for programs that print tables.

internal import Glibc

public enum Terminal {
    /// Columns of the terminal that `fd` is; nil where it is none, 80 where it does not say.
    public static func columns(of fd: Int32) -> Int? {
        guard isatty(fd) == 1 else { return nil }
        var size = winsize()
        guard ioctl(fd, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
