# What a grant covers, and all that it does not.
package cam_grants_test

caller := {
	"agent_id": 7, "name": "a", "uid": 2000, "gid": 2000, "groups": [], "socket": "agent", "same_user": false,
	"labels": {}, "confined": false, "registered": true,
}

asked := {
	"action": "context.read", "call": "remember", "caller": caller, "kernel": {"uid": 1000, "draining": false},
	"resource": {"name": "notes", "owner": 8},
}

grant := {"uid": 2000, "agent": "a", "action": "context.read", "resource": "notes", "owner": 8, "socket": "agent", "expires_ns": 100}

# Whether `question` is allowed at a time when only `given` was granted.
may(question, given, now) if {
	data.cam.allow with input as question with data.grants as [given] with time.now_ns as now
}

test_without_it_is_denied if not data.cam.allow with input as asked with time.now_ns as 0

test_covers_what_was_denied if may(asked, grant, 99)

test_ends if {
	not may(asked, grant, 100)
	not may(asked, grant, 101)
}

# Each differs from what was denied in one thing.
test_covers_nothing_else[path] := held if {
	some path, value in {
		"action": "context.write", "resource/name": "note", "resource/owner": 9, "caller/uid": 2001,
		"caller/name": "b", "caller/socket": "driver",
	}
	other := json.patch(asked, [{"op": "replace", "path": path, "value": value}])
	held := {true | may(other, grant, 0)} == set()
}

# A grant that lacks a part, or has one of another type, is none.
test_malformed_grants_nothing[path] := held if {
	some path in ["uid", "agent", "action", "resource", "owner", "socket", "expires_ns"]
	lacking := object.remove(grant, [path])
	wrong := object.union(grant, {path: "9999999999999999999"})
	held := {true | some given in [lacking, wrong, object.union(grant, {path: null})]; may(asked, given, 0)} == set()
}

test_one_of_many_is_found if {
	others := [object.union(grant, {"uid": uid}) | some uid in numbers.range(1, 300)]
	data.cam.allow with input as asked with data.grants as array.concat(others, [grant]) with time.now_ns as 0
	not data.cam.allow with input as asked with data.grants as others with time.now_ns as 0
}

test_renewal_counts if {
	data.cam.allow with input as asked with data.grants as [grant, object.union(grant, {"expires_ns": 200})]
		with time.now_ns as 150
}

# For the first time, and again when the agent has an id.
test_registration_can_be_granted if {
	given := object.union(grant, {"action": "agent.register", "resource": "a", "owner": 0})
	every id in [0, 7] {
		question := {
			"action": "agent.register", "call": "register_agent", "kernel": {"uid": 1000, "draining": false},
			"caller": object.union(caller, {"agent_id": id, "registered": false}), "resource": {"name": "a", "owner": id},
		}
		may(question, given, 0)
		not may(object.union(question, {"resource": {"name": "a", "owner": 9}}), given, 0)
	}
}

# What is nobody's stays apart from what is the agent's own.
test_nobodys_is_not_ones_own if {
	given := object.union(grant, {"action": "observe.events", "owner": 0})
	own := json.patch(asked, [
		{"op": "replace", "path": "action", "value": "observe.events"},
		{"op": "replace", "path": "resource/owner", "value": 7},
	])
	not data.cam.granted with input as own with data.grants as [given] with time.now_ns as 0
}

# Not even where it stands in the file.
test_administration_is_granted_only_on_its_socket[note] := held == expected if {
	some note, [action, socket, expected] in {
		"policy on the agent socket": ["tune.policy", "agent", set()],
		"anything of it on the agent socket": ["tune.drain", "agent", set()],
		"on a driver's": ["tune.policy", "driver", set()],
		"on its own": ["tune.policy", "admin", {true}],
		"what only begins alike": ["tuned", "agent", {true}],
	}
	given := object.union(grant, {"action": action, "socket": socket})
	question := json.patch(asked, [
		{"op": "replace", "path": "action", "value": action},
		{"op": "replace", "path": "caller/socket", "value": socket},
	])
	held := {true | data.cam.granted with input as question with data.grants as [given] with time.now_ns as 0}
}
