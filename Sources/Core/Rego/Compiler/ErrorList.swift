// Errors as they are found; one pass reports them all.

struct ErrorList {
    private(set) var errors: [RegoError] = []

    var isEmpty: Bool { errors.isEmpty }
    var count: Int { errors.count }

    mutating func add(_ code: RegoError.Code, _ message: String, _ source: SourceFile, _ span: Span) {
        errors.append(RegoError(code: code, message: message, location: source.location(span.start)))
    }

    mutating func add(_ other: [RegoError]) { errors += other }

    func throwIfAny() throws(RegoErrors) {
        if !errors.isEmpty { throw RegoErrors(errors) }
    }
}
