// What text.digest is given: keywords and summaries of several documents, and a table of contents that says which is which.

/// What is wrong with the input of a digest.
public enum DigestInputError: Error, Equatable, CustomStringConvertible {
    case badContents(line: Int)
    case part(localID: String, SourceTextError)
    case nothing

    public var description: String {
        switch self {
        case .badContents(let line):
            "line \(line) of the table of contents is not LOCAL_ID<TAB>keywords|summary<TAB>TITLE"
        case .part(let id, let error): "part \(id): \(error)"
        case .nothing: "there is nothing to digest: no part and no text"
        }
    }
}

/// One document of a digest.
public struct DigestSource: Sendable, Equatable {
    public var title: String
    /// Best first.
    public var keywords: [String]
    public var summary: [String]

    public init(title: String, keywords: [String] = [], summary: [String] = []) {
        self.title = title
        self.keywords = keywords
        self.summary = summary
    }
}

/// The parts of a digest, joined into documents.
///
/// The inline input is a table of contents in plain text: a line `# TITLE` names the digest; every other line is
/// `LOCAL_ID<TAB>KIND<TAB>TITLE`, where KIND is `keywords` or `summary` and parts of one TITLE make one document. A part that
/// the table leaves out is known by its local id: `keywords:TITLE` or `summary:TITLE`, and any other is the summary of a
/// document of that name.
public struct DigestInput: Sendable, Equatable {
    public var title: String
    public var sources: [DigestSource]

    public init(title: String, sources: [DigestSource]) {
        self.title = title
        self.sources = sources
    }

    public init(
        contents: [UInt8], parts: [(localID: String, data: [UInt8])]
    ) throws(DigestInputError) {
        let table = try Contents(contents)
        title = table.title
        sources = []
        var numbers: [String: Int] = [:]
        for part in parts {
            let (kind, name) = table.entries[part.localID] ?? Self.entry(of: part.localID)
            let lines = try Self.lines(part)
            let number = numbers[name] ?? sources.count
            if number == sources.count {
                numbers[name] = number
                sources.append(DigestSource(title: name))
            }
            switch kind {
            case .keywords: sources[number].keywords += lines
            case .summary: sources[number].summary += lines
            }
        }
        guard !sources.isEmpty else { throw .nothing }
    }

    enum Kind { case keywords, summary }

    private static func entry(of localID: String) -> (Kind, String) {
        for (prefix, kind) in [("keywords:", Kind.keywords), ("summary:", Kind.summary)] where localID.hasPrefix(prefix)
        {
            return (kind, String(localID.dropFirst(prefix.count)))
        }
        return (.summary, localID)
    }

    private static func lines(_ part: (localID: String, data: [UInt8])) throws(DigestInputError) -> [String] {
        do {
            let source = try SourceText(part.data)
            return Lines.cut(source.scalars).map { WhiteSpace.collapsed(source.scalars[$0.range]) }.filter {
                !$0.isEmpty
            }
        } catch .empty {
            // A document without a single keyword is no fault of the digest.
            return []
        } catch {
            throw .part(localID: part.localID, error)
        }
    }
}

private struct Contents {
    var title = ""
    var entries: [String: (DigestInput.Kind, String)] = [:]

    init(_ bytes: [UInt8]) throws(DigestInputError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .part(localID: "(table of contents)", .notUTF8(offset: 0))
        }
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("# ") {
                title = WhiteSpace.collapsed(String(line.dropFirst(2)))
            } else if !line.isEmpty {
                let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3, !fields[2].isEmpty else { throw .badContents(line: number + 1) }
                guard fields[1] == "keywords" || fields[1] == "summary" else { throw .badContents(line: number + 1) }
                let name = WhiteSpace.collapsed(String(fields[2]))
                entries[String(fields[0])] = (fields[1] == "keywords" ? .keywords : .summary, name)
            }
        }
    }
}
