# team: for several people on one machine, each with agents of their own.
#
# Who is listed in `data.team.members`, by uid or by group, may come in, and each member's agents have only the labels
# that the list gives that member, so that who may use which family of capabilities is written down in one place. Members
# do not see each other: looking around takes the label role=lead. Take it for a shared server; camd's own user is the
# operator, whose labels all count. The list is a JSON file in the folder of policies.local, for example
#
#   {"team": {"members": [
#     {"uid": 1001, "labels": {"use": ["text", "image"], "role": ["lead"]}},
#     {"gid": 1500, "labels": {"use": ["text"]}}
#   ]}}
package cam

# The entries that are about the caller: by uid, by its group, or by one of its other groups.
memberships contains member if {
	some member in data.team.members
	member.uid == input.caller.uid
}

memberships contains member if {
	some member in data.team.members
	member.gid == input.caller.gid
}

memberships contains member if {
	some member in data.team.members
	member.gid in input.caller.groups
}

is_member if count(memberships) > 0

is_member if input.caller.same_user

allow if {
	input.action == "agent.register"
	is_member
}

# Asked anew for every call: who left the list may do nothing more, registered or not.
works if {
	input.caller.registered
	is_member
}

works if {
	input.caller.registered
	is_admin
}

# Every part of a value such as "text,image" must be given to the member; "*" as a part is one like any other.
counts(name, value) if {
	some member in memberships
	every part in split(value, ",") {
		part in member.labels[name]
	}
}

counts(_, _) if input.caller.same_user

allow if {
	works
	input.caller.labels.role == "lead"
	counts("role", "lead")
	input.action in {"observe.agents", "observe.budgets", "observe.contexts", "observe.drivers", "observe.sessions"}
}

deny_reasons contains reason if {
	input.action == "agent.register"
	not is_member
	reason := sprintf("uid %d, or a group of it, must stand in data.team.members", [input.caller.uid])
}

deny_reasons contains "the effective label role=lead, which data.team.members must give to this user" if {
	works
	input.action in {"observe.agents", "observe.budgets", "observe.contexts", "observe.drivers", "observe.sessions"}
}
