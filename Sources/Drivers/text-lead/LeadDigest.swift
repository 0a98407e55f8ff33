// A digest by putting things side by side: every document with its keywords and the first sentence of its summary.

import TextUnits

enum LeadDigest {
    /// Beyond it the remaining documents are counted, not shown.
    static let bytesMax = 512 << 10

    static func text(of input: DigestInput) -> String {
        let count = input.sources.count
        let title = input.title.isEmpty ? "Digest of \(count) \(count == 1 ? "document" : "documents")" : input.title
        var text = TextLayout.underlined(title, with: "=") + "\n"
        for (index, source) in input.sources.enumerated() {
            if text.utf8.count > bytesMax {
                text += "\nand \(count - index) more documents, left out to keep the digest readable\n"
                break
            }
            text += "\n" + entry(source)
        }
        return text
    }

    private static func entry(_ source: DigestSource) -> String {
        var text = TextLayout.underlined(source.title, with: "-") + "\n"
        if let first = source.summary.first {
            text += TextLayout.wrapped(TextLayout.shortened(first, byteCount: 600), indent: "  ") + "\n"
        }
        if !source.keywords.isEmpty {
            text +=
                TextLayout.wrapped("Keywords: " + source.keywords.prefix(6).joined(separator: ", "), indent: "  ")
                + "\n"
        }
        return text
    }
}
