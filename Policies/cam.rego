# CAM's default policy: for one person, or one service account, whose own agents work together on one machine.
#
# Nothing is allowed unless a rule below says so. Who asks is told by the kernel from the socket (uid, groups, whether it
# is camd's own user, which socket), never by the message; names and labels are claims, and `effective_labels` says which
# of them count. To change what holds here, copy this file into your policies folder and edit it there; `camctl policy
# query` shows what a change would decide.
#
# What policies see as `input`:
#   action    what is asked for, e.g. "context.write", "capability.text.summarize", "tune.drain"
#   call      the system call: "remember", "think", …
#   resource  {"name": …, "owner": agent id of whom it belongs to}
#   caller    {"agent_id", "name", "uid", "gid", "groups", "socket": "agent" | "admin" | "driver", "same_user", "labels",
#              "confined", "registered"}
#   kernel    {"uid", "draining"}
#   context   what the asker of query_policy added; absent otherwise
package cam

default allow := false

# --- Who may come in -------------------------------------------------------------------------------------------------

# Agents of camd's own user.
allow if {
	input.action == "agent.register"
	input.caller.same_user
}

# Agents of users that `data.settings.register_uids` lists (a JSON file in the policies folder).
allow if {
	input.action == "agent.register"
	input.caller.uid in data.settings.register_uids
}

# Administration has a socket of its own: whoever can open it may register there.
allow if {
	input.action == "agent.register"
	is_admin
}

# Drivers come over the socket that camd made for them.
allow if {
	input.action in {"agent.register", "capability.offer"}
	input.caller.socket == "driver"
}

# Labels count when camd's own user claims them. Names that begin with "cam." are the kernel's and nobody's to claim.
effective_labels contains name if {
	some name, _ in input.caller.labels
	trusts_labels
	not startswith(name, "cam.")
}

trusts_labels if input.caller.same_user

trusts_labels if is_admin

# --- What every registered agent may do ------------------------------------------------------------------------------

allow if {
	input.caller.registered
	input.action in {
		"arbitrate", "decide", "learn", "task.commit", "think",
		"observe.emit_metric", "observe.emit_span", "observe.health", "observe.metrics", "observe.stats",
	}
}

# An agent has its own contexts, its own tasks and their events, and its own decisions explained.
allow if {
	input.caller.registered
	input.action in {
		"context.forget", "context.read", "context.snapshot", "context.write",
		"explain", "observe.events", "observe.task", "policy.query", "task.rollback",
	}
	owns_resource
}

owns_resource if input.resource.owner == input.caller.agent_id

# --- Capabilities, by label ------------------------------------------------------------------------------------------

# An agent labelled use=text may use capability.text.*; several families are separated by commas; use=* means all.
allow if {
	input.caller.registered
	startswith(input.action, "capability.")
	input.action != "capability.offer"
	some family in split(input.caller.labels.use, ",")
	family_covers(family, input.action)
}

family_covers("*", _) := true

family_covers(family, action) if action == concat("", ["capability.", family])

family_covers(family, action) if startswith(action, concat("", ["capability.", family, "."]))

# Executors that must not be chosen for input.resource.name (a capability). None by default; for example, to keep
# everything labelled as private away from an executor that is not on this machine:
#
#   excluded_executors contains "cloud-llm" if input.caller.labels.data == "private"

# --- Looking around --------------------------------------------------------------------------------------------------

# One's own user may see which agents and drivers there are.
allow if {
	input.caller.registered
	input.caller.same_user
	input.action in {"observe.agents", "observe.budgets", "observe.contexts", "observe.drivers", "observe.sessions"}
}

# --- Administration, only over the admin socket ----------------------------------------------------------------------

allow if {
	is_admin
	some prefix in ["tune.", "observe.", "explain", "capability."]
	startswith(input.action, prefix)
	input.action != "capability.offer"
}

# Others' tasks may be ended, others' permissions asked about, others' contexts read and erased, not written.
allow if {
	is_admin
	input.action in {"context.forget", "context.read", "policy.query", "task.rollback"}
}

is_admin if input.caller.socket == "admin"

# --- What a denial says ----------------------------------------------------------------------------------------------

deny_reasons contains "register first: register_agent must be the first call of a connection" if {
	not input.caller.registered
	input.action != "agent.register"
}

deny_reasons contains "only drivers offer capabilities" if input.action == "capability.offer"

deny_reasons contains reason if {
	startswith(input.action, "capability.")
	input.action != "capability.offer"
	input.caller.registered
	family := split(input.action, ".")[1]
	reason := sprintf("an effective label use=%s or use=*: claim it in register_agent as camd's own user", [family])
}

deny_reasons contains reason if {
	startswith(input.action, "tune.")
	reason := sprintf("%s is administration: use the admin socket", [input.action])
}

deny_reasons contains reason if {
	input.action in {"context.forget", "context.read", "context.snapshot", "context.write"}
	input.caller.registered
	not owns_resource
	reason := sprintf("context %s belongs to agent %d, not to agent %d", [
		input.resource.name, input.resource.owner, input.caller.agent_id,
	])
}

deny_reasons contains "uid must be camd's own or stand in data.settings.register_uids" if {
	input.action == "agent.register"
}
