// Servers that a suite starts as processes of their own: this program under another first word.

import CEcho
import Framing
import Linux
import Reactor

enum ServerRole: String {
    /// The limit: every byte comes back, in plain C.
    case plainEcho = "--serve-plain-echo"
    /// The same over the kernel's own reactor and framing: every request comes back as its response.
    case frameEcho = "--serve-frame-echo"

    /// Serves at `path` until it is killed.
    func serve(path: String) -> Never {
        switch self {
        case .plainEcho:
            _ = cecho_serve(path)
        case .frameEcho:
            do { try FrameEcho.run(path: path) } catch {}
        }
        // Whoever started this sees that it has ended; there is nobody else to tell.
        ThisProcess.exit(1)
    }
}

/// What CAM's transport costs without a kernel above it.
private enum FrameEcho {
    static func run(path: String) throws {
        let reactor = try Reactor()
        let listener = try StreamListener(try Socket.listen(unixPath: path, mode: 0o600), on: reactor) { descriptor in
            do { try serve(descriptor, reactor) } catch { ThisProcess.exit(1) }
        }
        try reactor.run()
        listener.close()
    }

    private static func serve(_ descriptor: consuming FileDescriptor, _ reactor: Reactor) throws {
        let connection = try StreamConnection(descriptor, on: reactor)
        let reader = FrameReader(limits: .registered)
        connection.onBytes = { [unowned connection] bytes in
            var used = 0
            do {
                while let frame = try reader.next(in: UnsafeRawBufferPointer(rebasing: bytes[used...])) {
                    used += frame.consumed
                    answer(frame, connection)
                }
            } catch {
                connection.close()
            }
            return used
        }
    }

    private static func answer(_ frame: Frame, _ connection: StreamConnection) {
        var header = frame.header
        header.kind = .response
        header.flagsOrStatus = 0
        withUnsafeTemporaryAllocation(byteCount: FrameHeader.byteCount, alignment: 8) { room in
            header.write(to: room)
            _ = connection.write(UnsafeRawBufferPointer(room), frame.payload)
        }
    }
}
