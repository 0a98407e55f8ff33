// The version of camd and everything that is built with it.

/// Semantic versioning, https://semver.org; CHANGELOG.md says what each version brought.
public enum ProductVersion {
    public static let current = "0.1.0"
}
