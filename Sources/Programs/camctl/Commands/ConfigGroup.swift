// camctl config: the settings that camd would start with here, and where each comes from.

import CommandLineInterface
import Configuration

enum ConfigGroup {
    private static let origin = Option<Bool>.flag("origin", "Also show where each value comes from.")
    private static let describe = Option<Bool>.flag(
        "describe", "Also show what each setting means, its range and default.")

    static let command = Command(group: "config", "Show the configuration.", subcommands: [show])

    private static let show = Command(
        "show", "Show every setting as camd would see it: defaults, then the file, the environment, and flags.",
        discussion: """
            Settings come from the defaults, then $XDG_CONFIG_HOME/cam/camd.json5 or /etc/cam/camd.json5 (or the file of \
            --config or CAM_CONFIG), then the environment (limits.burst is CAM_LIMITS_BURST), then flags. Later ones win. \
            Passwords are not shown. Works without camd.
            """,
        options: [origin.declaration, describe.declaration] + CommonOptions.settings
    ) { invocation, console in
        let configuration = try Configuration.load(ConfigurationOptions.sources(invocation))
        for warning in configuration.warnings { console.error("camctl: \(warning)") }
        if invocation.wantsJSON {
            console.json(.array(configuration.entries.map(json)))
        } else {
            console.table(table(configuration, origin: invocation[origin], describe: invocation[describe]))
        }
        return .ok
    }

    private static func table(_ configuration: Configuration, origin: Bool, describe: Bool) -> Table {
        var columns: [Table.Column] = [.init("SETTING"), .init("VALUE", flexible: true)]
        if origin { columns.append(.init("ORIGIN", flexible: true)) }
        if describe { columns += [.init("DEFAULT", flexible: true), .init("MEANING", flexible: true)] }
        var table = Table(columns)
        for entry in configuration.entries {
            var cells = [entry.declaration.key, Shown.orDash(entry.shownValue)]
            if origin { cells.append(entry.origin.description) }
            if describe {
                cells.append(Shown.orDash(entry.declaration.fallback.description))
                cells.append("\(entry.declaration.summary) Takes \(entry.declaration.kind.expected).")
            }
            table.add(cells)
        }
        return table
    }

    private static func json(_ entry: Configuration.Entry) -> JSONText {
        .object([
            ("key", .text(entry.declaration.key)), ("value", value(entry)), ("origin", .text(entry.origin.description)),
            ("environment", .text(entry.declaration.environmentName)),
            ("default", .text(entry.declaration.fallback.description)),
            ("takes", .text(entry.declaration.kind.expected)), ("summary", .text(entry.declaration.summary)),
        ])
    }

    private static func value(_ entry: Configuration.Entry) -> JSONText {
        switch entry.value {
        case .integer(let integer): .integer(Int64(integer))
        case .number(let number): .number(number)
        case .boolean(let boolean): .boolean(boolean)
        case .list(let elements): .array(elements.map { .text($0) })
        case .text: .text(entry.shownValue)
        }
    }
}
