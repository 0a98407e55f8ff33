# Who may do what under solo, as cases.
package cam_solo_test

import data.cam_test.agent
import data.cam_test.ask
import data.cam_test.newcomer
import data.cam_test.stranger

test_own_agent_may_register if data.cam.allow with input as ask(newcomer(agent), "agent.register", 0)

test_stranger_may_not_register if not data.cam.allow with input as ask(newcomer(stranger), "agent.register", 0)

test_listed_stranger_may_register if {
	data.cam.allow with input as ask(newcomer(stranger), "agent.register", 0)
		with data.settings.register_uids as [2000]
}

test_own_context_is_writable if data.cam.allow with input as ask(agent, "context.write", 7)

test_other_context_is_not if not data.cam.allow with input as ask(agent, "context.write", 8)

test_label_opens_its_family if data.cam.allow with input as ask(agent, "capability.text.summarize", 0)

test_label_opens_no_other_family if not data.cam.allow with input as ask(agent, "capability.image.label", 0)

test_family_is_no_prefix if not data.cam.allow with input as ask(agent, "capability.textual.x", 0)

test_one_of_several_families_opens if {
	caller := data.cam_test.labelled(agent, {"use": "image,text"})
	data.cam.allow with input as ask(caller, "capability.text.summarize", 0)
}

test_admin_needs_no_label if {
	data.cam.allow with input as ask(data.cam_test.admin, "capability.text.summarize", 0)
}

test_claims_of_own_user_count if {
	data.cam.effective_labels == {"use"} with input as ask(newcomer(agent), "agent.register", 0)
}

test_claims_of_strangers_do_not if {
	caller := data.cam_test.labelled(stranger, {"use": "*"})
	data.cam.effective_labels == set() with input as ask(newcomer(caller), "agent.register", 0)
}

test_own_user_may_look_around if {
	data.cam.allow with input as ask(agent, "observe.drivers", 0)
	not data.cam.allow with input as ask(stranger, "observe.drivers", 0)
}

test_denial_names_the_label if {
	some reason in data.cam.deny_reasons with input as ask(agent, "capability.image.label", 0)
	startswith(reason, "an effective label use=image or use=*")
}

test_denial_says_where_to_stand if {
	"uid must be camd's own or stand in data.settings.register_uids" in data.cam.deny_reasons
		with input as ask(newcomer(stranger), "agent.register", 0)
}
