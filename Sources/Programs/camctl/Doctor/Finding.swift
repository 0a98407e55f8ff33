// One thing that the doctor looked at.

struct Finding: Equatable {
    enum Verdict: String {
        /// As it should be.
        case good
        /// camd works without it, with less.
        case less
        /// camd or a part of it does not work so.
        case bad
        /// Neither good nor bad.
        case fact

        var mark: String {
            switch self {
            case .good: "ok  "
            case .less: "--  "
            case .bad: "BAD "
            case .fact: "    "
            }
        }
    }

    /// Under which heading it stands.
    var part: String
    var name: String
    var verdict: Verdict
    /// What was found and, where it is not good, what follows or what to do.
    var detail: String
}
