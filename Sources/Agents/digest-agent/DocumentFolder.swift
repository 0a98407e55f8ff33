// The documents of a folder, and a note on everything that is left out.

import Foundation

struct Document: Sendable, Equatable {
    /// The file's name.
    var name: String
    var bytes: [UInt8]
}

/// Regular text files directly in a folder, in the order of their names' bytes.
struct DocumentFolder: Sendable {
    /// All documents of one run go into one request twice, once for each kind of work; a frame holds 16 MiB.
    static let totalBytesMax = 7 << 20

    var documents: [Document] = []
    /// One sentence for each thing that was left out.
    var notes: [String] = []

    /// - Throws: `UsageError` where the folder cannot be read or holds no document.
    init(_ path: String, documentsMax: Int, documentBytesMax: Int) throws(UsageError) {
        let names = try Self.names(in: path)
        var total = 0
        for (index, name) in names.enumerated() {
            if documents.count == documentsMax {
                notes.append(
                    "left out the last \(names.count - index) entries: \(documentsMax) documents are the limit")
                break
            }
            switch Self.read("\(path)/\(name)", bytesMax: documentBytesMax) {
            case .failure(let reason): notes.append("skipped \(name): \(reason.text)")
            case .success(let bytes):
                if total + bytes.count > Self.totalBytesMax {
                    notes.append("skipped \(name): all documents together may have \(Self.totalBytesMax) bytes")
                    continue
                }
                total += bytes.count
                documents.append(Document(name: name, bytes: bytes))
            }
        }
        if documents.isEmpty { throw UsageError("there is no text document in \(path)" + Self.list(notes)) }
    }

    private static func list(_ notes: [String]) -> String { notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))" }

    private static func names(in path: String) throws(UsageError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted {
                Array($0.utf8).lexicographicallyPrecedes($1.utf8)
            }
        } catch {
            throw UsageError("the folder \(path) cannot be read: \(reason(error))")
        }
    }

    struct Reason: Error { var text: String }

    /// The bytes of a document, or why it is none.
    private static func read(_ path: String, bytesMax: Int) -> Result<[UInt8], Reason> {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            switch attributes[.type] as? FileAttributeType {
            case .typeRegular?: break
            case .typeSymbolicLink?: return .failure(Reason(text: "a symbolic link"))
            case .typeDirectory?: return .failure(Reason(text: "a folder"))
            default: return .failure(Reason(text: "not a regular file"))
            }
            let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
            guard size <= bytesMax else { return .failure(Reason(text: "\(size) bytes, more than \(bytesMax)")) }
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            return judge(bytes)
        } catch {
            return .failure(Reason(text: reason(error)))
        }
    }

    private static func judge(_ bytes: [UInt8]) -> Result<[UInt8], Reason> {
        if bytes.contains(0) { return .failure(Reason(text: "not text: it has NUL bytes")) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(Reason(text: "not UTF-8 text"))
        }
        guard text.unicodeScalars.contains(where: { $0.properties.isAlphabetic }) else {
            return .failure(Reason(text: "empty: there is no word in it"))
        }
        return .success(bytes)
    }

    private static func reason(_ error: any Error) -> String {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let cause, cause.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(cause.code))) }
        return (error as NSError).localizedFailureReason ?? (error as NSError).localizedDescription
    }
}
