# What holds under every preset: who administrates, how drivers come in, what an agent that works may do with its own,
# and what a denial says. A preset says who may come in, who works, and whose labels count.
#
# Nothing is allowed unless a rule says so. Who asks is told by the kernel from the socket (uid, groups, whether it is
# camd's own user, which socket), never by the message; names and labels are claims, and `effective_labels` says which of
# them count. `camctl policy query` asks what would be decided, `camctl policy test` runs the tests beside these files.
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

# --- Drivers and administrators --------------------------------------------------------------------------------------

# Drivers come over the socket that camd made for them.
allow if {
	input.action in {"agent.register", "capability.offer"}
	input.caller.socket == "driver"
}

# Administration has a socket of its own: whoever can open it may register there.
allow if {
	input.action == "agent.register"
	is_admin
}

allow if {
	is_admin
	some prefix in ["tune.", "observe.", "explain"]
	startswith(input.action, prefix)
}

# Others' tasks may be ended, others' permissions asked about, others' contexts read and erased, not written.
allow if {
	is_admin
	input.action in {"context.forget", "context.read", "policy.query", "task.rollback"}
}

is_admin if input.caller.socket == "admin"

# --- What an agent may do that works ---------------------------------------------------------------------------------

# Who works is for the preset to say.
default works := false

allow if {
	works
	input.action in {
		"arbitrate", "decide", "learn", "task.commit", "think",
		"observe.emit_metric", "observe.emit_span", "observe.health", "observe.metrics", "observe.stats",
	}
}

# An agent has its own contexts, its own tasks and their events, and its own decisions explained.
allow if {
	works
	input.action in {
		"context.forget", "context.read", "context.snapshot", "context.write",
		"explain", "observe.events", "observe.task", "policy.query", "task.rollback",
	}
	owns_resource
}

owns_resource if input.resource.owner == input.caller.agent_id

# An agent labelled use=text may use capability.text.*; several families are separated by commas; use=* means all.
allow if {
	works
	uses_capability
	counts("use", input.caller.labels.use)
	some family in split(input.caller.labels.use, ",")
	family_covers(family, input.action)
}

allow if {
	works
	is_admin
	uses_capability
}

uses_capability if {
	startswith(input.action, "capability.")
	input.action != "capability.offer"
}

family_covers("*", _) := true

family_covers(family, action) if action == concat("", ["capability.", family])

family_covers(family, action) if startswith(action, concat("", ["capability.", family, "."]))

# Executors that must not be chosen for input.resource.name (a capability). None by default; for example, to keep
# everything labelled as private away from an executor that is not on this machine:
#
#   excluded_executors contains "cloud-llm" if input.caller.labels.data == "private"

# --- Labels ----------------------------------------------------------------------------------------------------------

# A claimed label counts where `counts` says so. Names that begin with "cam." are the kernel's and nobody's to claim.
effective_labels contains name if {
	some name, value in input.caller.labels
	counts(name, value)
	not startswith(name, "cam.")
}

counts(_, _) if is_admin

# --- What a denial says ----------------------------------------------------------------------------------------------

deny_reasons contains "register first: register_agent must be the first call of a connection" if {
	not input.caller.registered
	input.action != "agent.register"
}

deny_reasons contains "only drivers offer capabilities" if input.action == "capability.offer"

deny_reasons contains reason if {
	works
	uses_capability
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
