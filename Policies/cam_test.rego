# Who may do what under cam.rego, as cases. Run by PolicyTests; never loaded by camd.
package cam_test

agent := {
	"agent_id": 7, "name": "a", "uid": 1000, "gid": 1000, "groups": [1000], "socket": "agent", "same_user": true,
	"labels": {"use": "text"}, "confined": false, "registered": true,
}

ask(caller, action, owner) := {
	"action": action, "call": "think", "caller": caller, "kernel": {"uid": 1000, "draining": false},
	"resource": {"name": "r", "owner": owner},
}

stranger := object.union(agent, {"uid": 2000, "same_user": false, "registered": false, "labels": {}})

test_own_context_is_writable if data.cam.allow with input as ask(agent, "context.write", 7)

test_other_context_is_not if not data.cam.allow with input as ask(agent, "context.write", 8)

test_label_opens_its_family if data.cam.allow with input as ask(agent, "capability.text.summarize", 0)

test_label_opens_no_other_family if not data.cam.allow with input as ask(agent, "capability.image.label", 0)

test_family_is_no_prefix if not data.cam.allow with input as ask(agent, "capability.textual.x", 0)

test_stranger_may_not_register if not data.cam.allow with input as ask(stranger, "agent.register", 0)

test_listed_stranger_may_register if {
	data.cam.allow with input as ask(stranger, "agent.register", 0) with data.settings.register_uids as [2000]
}

test_agent_may_not_administrate if not data.cam.allow with input as ask(agent, "tune.drain", 0)

test_admin_may if {
	data.cam.allow with input as ask(object.union(agent, {"socket": "admin"}), "tune.drain", 0)
}

test_kernel_labels_do_not_count if {
	caller := object.union(agent, {"labels": {"use": "text", "cam.executor": "x"}})
	data.cam.effective_labels == {"use"} with input as ask(caller, "agent.register", 0)
}

test_strangers_labels_do_not_count if {
	caller := object.union(stranger, {"labels": {"use": "*"}})
	data.cam.effective_labels == set() with input as ask(caller, "agent.register", 0)
}
