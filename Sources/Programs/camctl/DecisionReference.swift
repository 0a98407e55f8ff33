// What `camctl explain` may be asked about, as people write it.

import ABI
import ProtobufWire

enum DecisionReference: Equatable {
    /// `3-1042`: epoch and sequence of the record.
    case decision(DecisionID)
    /// `task:17`
    case task(UInt64)
    /// Anything else, as an INTERNAL error names it.
    case correlation(String)

    /// Nothing where the text cannot be any of them.
    init?(_ text: String) {
        if text.hasPrefix("task:") {
            guard let id = UInt64(text.dropFirst(5)) else { return nil }
            self = .task(id)
            return
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 2, let epoch = UInt64(parts[0]), let sequence = UInt64(parts[1]) {
            self = .decision(DecisionID(epoch: epoch, sequence: sequence))
            return
        }
        guard !text.isEmpty, text.utf8.count <= 128 else { return nil }
        self = .correlation(text)
    }

    var choice: ExplainActionRequest.WhatChoice {
        switch self {
        case .decision(let id): .decision(id)
        case .task(let id): .taskID(id)
        case .correlation(let text): .correlationID(Text(text))
        }
    }
}
