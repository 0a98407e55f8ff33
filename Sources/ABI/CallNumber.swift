// The fifteen calls. A number is part of the ABI and never changes its meaning.

/// The number of a system call, as it stands in a frame.
public enum CallNumber: UInt8, Sendable, CaseIterable, Hashable {
    case registerAgent = 1
    case think = 2
    case decide = 3
    case learn = 4
    case remember = 5
    case forget = 6
    case communicate = 7
    case collaborate = 8
    case arbitrate = 9
    case commitTask = 10
    case rollbackTask = 11
    case queryPolicy = 12
    case observe = 13
    case explainAction = 14
    case tuneSystem = 15

    /// The name in the ABI, as people and policies write it.
    public var name: StaticString {
        switch self {
        case .registerAgent: "register_agent"
        case .think: "think"
        case .decide: "decide"
        case .learn: "learn"
        case .remember: "remember"
        case .forget: "forget"
        case .communicate: "communicate"
        case .collaborate: "collaborate"
        case .arbitrate: "arbitrate"
        case .commitTask: "commit_task"
        case .rollbackTask: "rollback_task"
        case .queryPolicy: "query_policy"
        case .observe: "observe"
        case .explainAction: "explain_action"
        case .tuneSystem: "tune_system"
        }
    }
}
