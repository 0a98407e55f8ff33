# Who may do what under team, as cases.
package cam_team_test

import data.cam_test.agent
import data.cam_test.ask
import data.cam_test.labelled
import data.cam_test.newcomer
import data.cam_test.stranger

members := [
	{"uid": 2000, "labels": {"use": ["text", "image"], "role": ["lead"]}},
	{"gid": 1500, "labels": {"use": ["text"]}},
]

# Of the group 1500.
colleague := object.union(stranger, {"agent_id": 11, "uid": 3000, "gid": 3000, "groups": [3000, 1500]})

effective(caller) := names if {
	names := data.cam.effective_labels with input as ask(newcomer(caller), "agent.register", 0)
		with data.team.members as members
}

may(caller, action, owner) if {
	data.cam.allow with input as ask(caller, action, owner) with data.team.members as members
}

test_members_may_register if {
	may(newcomer(stranger), "agent.register", 0)
	may(newcomer(colleague), "agent.register", 0)
	may(newcomer(object.union(colleague, {"gid": 1500, "groups": []})), "agent.register", 0)
}

test_others_may_not_register if {
	not may(newcomer(object.union(stranger, {"uid": 2001})), "agent.register", 0)
	not data.cam.allow with input as ask(newcomer(stranger), "agent.register", 0)
}

test_operator_may_register if data.cam.allow with input as ask(newcomer(agent), "agent.register", 0)

test_member_works_with_its_own if {
	may(stranger, "think", 0)
	may(stranger, "context.write", 7)
	not may(stranger, "context.read", 8)
}

# Registered, and taken off the list since.
test_who_left_may_do_nothing if {
	every action in ["think", "context.read", "capability.text.summarize"] {
		not data.cam.allow with input as ask(labelled(stranger, {"use": "text"}), action, 7)
	}
}

test_labels_count_as_listed if {
	effective(labelled(stranger, {"use": "text,image", "role": "lead"})) == {"use", "role"}
	effective(labelled(colleague, {"use": "text"})) == {"use"}
}

test_labels_count_no_further if {
	effective(labelled(colleague, {"use": "text,image"})) == set()
	effective(labelled(colleague, {"use": "*"})) == set()
	effective(labelled(colleague, {"use": ""})) == set()
	effective(labelled(colleague, {"role": "lead"})) == set()
}

test_operators_labels_count if effective(labelled(agent, {"use": "*"})) == {"use"}

test_capability_takes_its_label if {
	may(labelled(colleague, {"use": "text"}), "capability.text.summarize", 0)
	not may(labelled(colleague, {"use": "image"}), "capability.image.label", 0)
	not may(colleague, "capability.text.summarize", 0)
}

test_only_leads_look_around if {
	may(labelled(stranger, {"role": "lead"}), "observe.agents", 0)
	not may(stranger, "observe.agents", 0)
	not may(labelled(colleague, {"role": "lead"}), "observe.agents", 0)
}

test_denial_says_where_to_stand if {
	"uid 2000, or a group of it, must stand in data.team.members" in data.cam.deny_reasons
		with input as ask(newcomer(stranger), "agent.register", 0)
}

test_denial_names_the_role if {
	"the effective label role=lead, which data.team.members must give to this user" in data.cam.deny_reasons
		with input as ask(stranger, "observe.agents", 0)
		with data.team.members as members
}

test_admin_works_with_its_own if {
	data.cam.allow with input as ask(object.union(data.cam_test.admin, {"same_user": false}), "think", 0)
}
