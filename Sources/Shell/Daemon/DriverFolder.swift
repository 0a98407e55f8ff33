// Reads driver.json5 files into manifests, with a place in every complaint.

import ABI
import Configuration
import DriverLifecycle
import JSON5
import Linux
import ProtobufWire

/// What is wrong with a manifest, and where.
struct ManifestError: Error, CustomStringConvertible {
    let description: String
}

/// A driver as it lies in its folder.
struct InstalledDriver {
    let manifest: DriverManifest
    let folder: String
}

enum DriverFolder {
    static let manifestName = "driver.json5"
    static let manifestBytesMax = 64 << 10
    static let driversMax = 256

    /// Every driver below `path`, by folder name. A missing folder holds none.
    static func read(_ path: String) throws(ManifestError) -> [InstalledDriver] {
        var installed: [InstalledDriver] = []
        let names: [String]
        do {
            guard try File.exists(path) else { return [] }
            names = try Directory.list(path).sorted()
        } catch {
            throw ManifestError(description: "the drivers' folder \(path) cannot be read: \(error)")
        }
        for name in names {
            let file = "\(path)/\(name)/\(manifestName)"
            do {
                guard try File.exists(file) else { continue }
            } catch {
                throw ManifestError(description: "\(file): \(error)")
            }
            let manifest = try manifest(file)
            if let twin = installed.first(where: { $0.manifest.name == manifest.name }) {
                throw ManifestError(description: "\(file): the name \(manifest.name) is taken by \(twin.folder)")
            }
            installed.append(InstalledDriver(manifest: manifest, folder: "\(path)/\(name)"))
        }
        guard installed.count <= driversMax else {
            throw ManifestError(description: "\(path) holds \(installed.count) drivers; at most \(driversMax) are used")
        }
        return installed
    }

    static func manifest(_ file: String) throws(ManifestError) -> DriverManifest {
        let bytes: [UInt8]
        do {
            bytes = try File.readAll(file, limit: manifestBytesMax)
        } catch {
            throw ManifestError(description: "\(file): \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ManifestError(description: "\(file): not UTF-8 text")
        }
        let manifest: DriverManifest
        do throws(JSON5Error) {
            manifest = try ManifestReader.read(JSON5Value(json5: text))
        } catch {
            throw ManifestError(description: "\(file):\(error.position): \(error.problem)")
        }
        if let problem = manifest.problem() {
            throw ManifestError(
                description: "\(file): \(problem.field) is out of bounds; expected \(problem.expected)")
        }
        return manifest
    }
}
