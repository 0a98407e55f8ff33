# solo: for one developer whose own agents work together on one machine.
#
# Every agent of the user that runs camd may come in, is believed in its labels, and may look around; what it owns is its
# own, and a capability takes a label that names its family. Take it for a laptop or a service account, where agents are
# kept apart from one another's memory by mistake-proofing, not because they distrust each other. It is the default.
package cam

# Agents of camd's own user.
allow if {
	input.action == "agent.register"
	input.caller.same_user
}

# Agents of users that `data.settings.register_uids` lists, in a JSON file of the folder of policies.local.
allow if {
	input.action == "agent.register"
	input.caller.uid in data.settings.register_uids
}

works if input.caller.registered

counts(_, _) if input.caller.same_user

# One's own user may see which agents and drivers there are.
allow if {
	input.caller.registered
	input.caller.same_user
	input.action in {"observe.agents", "observe.budgets", "observe.contexts", "observe.drivers", "observe.sessions"}
}

deny_reasons contains "uid must be camd's own or stand in data.settings.register_uids" if {
	input.action == "agent.register"
}
