// Options that every command of camctl takes, and what they mean together.

import ABI
import CommandLineInterface
import Configuration
import ProtobufWire

enum CommonOptions {
    static let json = Option<Bool>.flag("json", "Print JSON instead of text; the fields are those of the ABI.")
    static let name = Option<String?>.text("as", "NAME", "Claim this agent name instead of 'camctl'.")
    static let labels = Option<[String]>.texts("label", "NAME=VALUE", "Claim this label.")
    static let timeout = Option<Double?>.number(
        "timeout", "SECONDS", 0.001...86_400, "How long a call may take; 30 where nothing is said.")

    static let all =
        [json.declaration, name.declaration, labels.declaration, timeout.declaration]
        + ConfigurationOptions.declarations(for: ["socket.agent", "socket.admin"])

    /// Options for settings that matter only to a few commands.
    static let settings = ConfigurationOptions.all.filter { !all.contains($0) }
}

extension Invocation {
    var wantsJSON: Bool { self[CommonOptions.json] }

    var timeout: Duration { .seconds(self[CommonOptions.timeout] ?? 30) }

    /// The labels of `--label`.
    func labels() throws(UsageError) -> [Label] {
        var labels: [Label] = []
        for text in self[CommonOptions.labels] {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw usageError("--label is '\(text)'; expected NAME=VALUE")
            }
            labels.append(
                Label(name: Text(String(text[..<equals])), value: Text(String(text[text.index(after: equals)...]))))
        }
        return labels
    }

    /// Three numbers of `--weights`: performance, cost, quality.
    func weights(_ option: Option<String?>) throws(UsageError) -> Weights? {
        guard let text = self[option] else { return nil }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? -1 }
        guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 && $0.isFinite }), numbers.contains(where: { $0 > 0 })
        else {
            throw usageError(
                "\(option.declaration.flag) is '\(text)'; expected three numbers for performance, cost and quality, "
                    + "such as 1,0,2")
        }
        return Weights(performance: numbers[0], cost: numbers[1], quality: numbers[2])
    }
}
