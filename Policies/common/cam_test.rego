# What holds under every preset, as cases. Run by `camctl policy test` and PolicyTests; never loaded by camd.
package cam_test

agent := {
	"agent_id": 7, "name": "a", "uid": 1000, "gid": 1000, "groups": [1000], "socket": "agent", "same_user": true,
	"labels": {"use": "text"}, "confined": false, "registered": true,
}

admin := labelled(object.union(agent, {"agent_id": 9, "socket": "admin"}), {})

driver := labelled(object.union(agent, {"socket": "driver", "confined": true}), {})

stranger := labelled(object.union(agent, {"uid": 2000, "gid": 2000, "groups": [2000], "same_user": false}), {})

# object.union would keep the labels that were there.
labelled(caller, labels) := object.union(object.remove(caller, ["labels"]), {"labels": labels})

# Before it has registered.
newcomer(caller) := object.union(caller, {"agent_id": 0, "registered": false})

ask(caller, action, owner) := {
	"action": action, "call": "think", "caller": caller, "kernel": {"uid": 1000, "draining": false},
	"resource": {"name": "r", "owner": owner},
}

test_admin_may_register if data.cam.allow with input as ask(newcomer(admin), "agent.register", 0)

test_admin_may_administrate if data.cam.allow with input as ask(admin, "tune.drain", 0)

test_admin_may_read_but_not_write_for_others if {
	data.cam.allow with input as ask(admin, "context.read", 7)
	not data.cam.allow with input as ask(admin, "context.write", 7)
}

test_agent_may_not_administrate if {
	every action in ["tune.drain", "tune.policy", "observe.driver_logs"] {
		not data.cam.allow with input as ask(agent, action, 0)
	}
}

test_only_drivers_offer_capabilities if {
	data.cam.allow with input as ask(driver, "capability.offer", 0)
	not data.cam.allow with input as ask(agent, "capability.offer", 0)
	not data.cam.allow with input as ask(admin, "capability.offer", 0)
}

test_driver_may_come_in if data.cam.allow with input as ask(newcomer(driver), "agent.register", 0)

test_driver_may_not_administrate if not data.cam.allow with input as ask(driver, "tune.drain", 0)

test_who_is_not_registered_may_do_nothing if {
	every action in ["think", "context.write", "observe.health", "capability.text.summarize", "explain"] {
		not data.cam.allow with input as ask(newcomer(agent), action, 0)
	}
}

test_unknown_action_is_denied if not data.cam.allow with input as ask(agent, "nonsense", 7)

test_empty_input_is_denied if not data.cam.allow with input as {}

test_family_covers[note] := covered == expected if {
	some note, [family, action, expected] in {
		"itself": ["text", "capability.text", true],
		"what is below it": ["text", "capability.text.summarize", true],
		"everything": ["*", "capability.image.label", true],
		"not what only begins alike": ["text", "capability.textual.x", false],
		"not another": ["text", "capability.image.label", false],
		"not what is above it": ["text.summarize", "capability.text", false],
	}
	covered := {true | data.cam.family_covers(family, action)} == {true}
}

test_kernel_labels_do_not_count if {
	caller := labelled(admin, {"use": "text", "cam.executor": "x"})
	data.cam.effective_labels == {"use"} with input as ask(caller, "agent.register", 0)
}

# What is said to `caller` when `action` is denied to it.
told(caller, action, owner) := reasons if {
	reasons := data.cam.deny_reasons with input as ask(caller, action, owner)
}

test_denial_names_the_other_agent if {
	"context r belongs to agent 8, not to agent 7" in told(agent, "context.write", 8)
}

test_denial_says_to_register_first if {
	some reason in told(newcomer(agent), "think", 0)
	startswith(reason, "register first")
}

test_denial_names_the_admin_socket if {
	"tune.drain is administration: use the admin socket" in told(agent, "tune.drain", 0)
}

test_denial_says_who_offers if "only drivers offer capabilities" in told(agent, "capability.offer", 0)
