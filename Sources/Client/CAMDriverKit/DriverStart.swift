// What camd leaves in a driver's environment.

internal import ABI
internal import Bytes
internal import Linux
package import ProtobufWire

/// Why a process cannot serve as a driver.
public enum DriverFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case notStartedByKernel(missing: String)
    case badEnvironment(variable: String, expected: String)

    public var description: String {
        switch self {
        case .notStartedByKernel(let variable):
            "this program is a driver and is started by camd, not by hand: \(variable) is not set"
        case .badEnvironment(let variable, let expected):
            "the environment variable \(variable) is wrong: expected \(expected)"
        }
    }
}

/// The inherited socket, the one-time secret and the name, checked.
package struct DriverStart: Sendable, Equatable {
    package var descriptor: Int32
    package var secret: [UInt8]
    package var name: Text?

    package init(descriptor: Int32, secret: [UInt8], name: Text? = nil) {
        self.descriptor = descriptor
        self.secret = secret
        self.name = name
    }

    package init(environment: (String) -> String?) throws(DriverFailure) {
        guard let number = environment("CAM_DRIVER_FD") else { throw .notStartedByKernel(missing: "CAM_DRIVER_FD") }
        guard let descriptor = Int32(number), descriptor > 2, File.isOpen(descriptor) else {
            throw .badEnvironment(variable: "CAM_DRIVER_FD", expected: "the number of an open socket, 3 or more")
        }
        guard let digits = environment("CAM_DRIVER_SECRET") else {
            throw .notStartedByKernel(missing: "CAM_DRIVER_SECRET")
        }
        guard let secret = Hexadecimal.decode(digits), secret.count == 32 else {
            throw .badEnvironment(variable: "CAM_DRIVER_SECRET", expected: "64 hexadecimal digits")
        }
        self.descriptor = descriptor
        self.secret = secret
        name = environment("CAM_DRIVER_NAME").flatMap { $0.isEmpty ? nil : Text($0) }
    }
}
