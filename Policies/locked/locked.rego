# locked: nothing without a grant.
#
# No agent may even register unless an administrator granted that, and then it may do only what was granted beside it,
# each thing by itself and for a while. Labels mean nothing. Take it for a machine on which every single permission has to
# be accounted for, or to find out what an agent really needs: let it run into denials, and grant what you agree with.
# Administration and drivers are what `common` makes them, for otherwise there would be nobody to grant anything.
package cam

deny_reasons contains reason if {
	not is_admin
	reason := sprintf("a grant for %s: camctl policy grant --from-denial with the number of this decision", [
		input.action,
	])
}
