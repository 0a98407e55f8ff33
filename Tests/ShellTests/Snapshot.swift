// Compares a text with a file of the repository; CAM_UPDATE=1 writes the file instead.

import Foundation
import Testing

func expectSnapshot(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Snapshots").appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["CAM_UPDATE"] == "1" {
        try Data(text.utf8).write(to: file)
        return
    }
    let expected = FileManager.default.contents(atPath: file.path).map { String(decoding: $0, as: UTF8.self) }
    #expect(
        text == expected, "\(name) differs; if that is meant, run the tests again with CAM_UPDATE=1",
        sourceLocation: sourceLocation)
}
