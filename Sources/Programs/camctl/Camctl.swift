// The commands of camctl, in the order in which the help shows them.

import CommandLineInterface

enum Camctl {
    static let root: Command = Command(
        group: "camctl", "Asks and administers camd, the kernel that agents' calls go through.",
        discussion: """
            Administration (agents, drivers, events, drain and the like) uses camd's administration socket, everything \
            else its socket for agents, as the agent 'camctl' unless --as says otherwise.
            """,
        options: CommonOptions.all,
        subcommands: [
            StatusCommand.command, AgentsCommand.command, DriversCommand.command, DriverGroup.command,
            TasksCommand.command, ThinkCommand.command, RememberCommand.command, RecallCommand.command,
            ListCommand.command, PolicyGroup.command, ExplainCommand.command, StatsCommand.command,
            EventsCommand.command, DrainCommand.drain, DrainCommand.resume, JournalGroup.command,
            DoctorCommand.command, ConfigGroup.command, CompletionCommand.command,
        ])
}
