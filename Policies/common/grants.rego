# Grants: what a denial refused and an administrator then allowed, for one agent and for a while.
#
# camd writes them into grants.json in the folder of policies.local when an administrator says
# `camctl policy grant --from-denial ID`. A grant is about one agent (uid and name), the socket it came over, and one action
# on one resource of one owner; it ends at `expires_ns`, which `expires` says to people. What is malformed grants nothing.
# To take one back before it ends, remove it from the file and say `camctl policy reload`.
package cam

allow if granted

granted if {
	may_be_granted
	some grant in data.grants
	grant.uid == input.caller.uid
	grant.agent == input.caller.name
	grant.action == input.action
	grant.resource == input.resource.name
	is_about_owner(grant)
	grant.socket == input.caller.socket

	# A text would be greater than any number.
	is_number(grant.expires_ns)
	time.now_ns() < grant.expires_ns
}

# Administration is a door of its own: who could grant on another one would have granted itself everything.
may_be_granted if input.caller.socket == "admin"

may_be_granted if not startswith(input.action, "tune.")

is_about_owner(grant) if grant.owner == input.resource.owner

# Who registers for the first time is nobody yet, and afterwards the agent of that uid and name, who it has to be anyway.
is_about_owner(grant) if {
	grant.owner == 0
	input.action in {"agent.register", "capability.offer"}
	input.resource.owner == input.caller.agent_id
}
