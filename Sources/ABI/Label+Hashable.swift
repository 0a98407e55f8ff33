// Labels are part of what policy's answers are kept under.

extension Label: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(value)
    }
}
