# Who may do what under locked, as cases: nobody anything, without a grant.
package cam_locked_test

import data.cam_test.admin
import data.cam_test.agent
import data.cam_test.ask
import data.cam_test.newcomer

test_nobody_registers if not data.cam.allow with input as ask(newcomer(agent), "agent.register", 0)

test_registered_may_do_nothing if {
	every action in ["think", "context.write", "explain", "observe.health", "capability.text.summarize"] {
		not data.cam.allow with input as ask(agent, action, 7)
	}
}

test_labels_mean_nothing if {
	data.cam.effective_labels == set() with input as ask(agent, "agent.register", 0)
}

test_admin_administrates_and_no_more if {
	data.cam.allow with input as ask(admin, "tune.policy", 0)
	not data.cam.allow with input as ask(admin, "capability.text.summarize", 0)
	not data.cam.allow with input as ask(admin, "think", 0)
}

test_grant_opens_one_thing if {
	grants := [{
		"uid": 1000, "agent": "a", "action": "think", "resource": "r", "owner": 0, "socket": "agent", "expires_ns": 10,
	}]
	data.cam.allow with input as ask(agent, "think", 0) with data.grants as grants with time.now_ns as 9
	not data.cam.allow with input as ask(agent, "learn", 0) with data.grants as grants with time.now_ns as 9
}

test_denial_says_how_to_ask if {
	some reason in data.cam.deny_reasons with input as ask(agent, "think", 0)
	startswith(reason, "a grant for think: camctl policy grant --from-denial")
}
