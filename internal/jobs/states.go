package jobs

import (
	"slices"

	"entente/internal/db"
)

// State is how a job stands.
type State string

// The states.
const (
	Waiting   State = "waiting"   // for its time, or for a process that is free
	Running   State = "running"   // a process works on it, by its lease
	Done      State = "done"      // done once and for all
	Dead      State = "dead"      // it failed as often as it may, or can never succeed
	Refused   State = "refused"   // the person has no right to it, or what it is about is gone
	Cancelled State = "cancelled" // by an administrator
)

// States lists them in the order in which a page does.
var States = []State{Waiting, Running, Done, Refused, Dead, Cancelled}

// Options lists the states, for forms.
func (State) Options() []string {
	var all []string
	for _, s := range States {
		all = append(all, string(s))
	}
	return all
}

// step is what moves a job from one state to another.
type step string

const (
	claim   step = "claim"   // a process takes it
	finish  step = "finish"  // it succeeded
	fail    step = "fail"    // it is to be tried again later
	release step = "release" // the process stops before it is done
	expire  step = "expire"  // the process died or hangs: nobody renewed the lease
	giveUp  step = "give up" // it failed once too often, or can never succeed
	refuse  step = "refuse"  // the right is gone
	cancel  step = "cancel"  // an administrator stops it
	retry   step = "retry"   // an administrator wants it tried now
)

// steps are all there are. docs/jobs.md draws this table, and a test compares the two; every
// statement that changes a state takes its states from here.
var steps = map[step]struct {
	From []State
	To   State
}{
	claim:   {[]State{Waiting}, Running},
	finish:  {[]State{Running}, Done},
	fail:    {[]State{Running}, Waiting},
	release: {[]State{Running}, Waiting},
	expire:  {[]State{Running}, Waiting},
	giveUp:  {[]State{Running}, Dead},
	refuse:  {[]State{Running}, Refused},
	cancel:  {[]State{Waiting, Running}, Cancelled},
	retry:   {[]State{Waiting, Refused, Dead, Cancelled}, Waiting},
}

// may says whether a step leads away from a state.
func (s step) may(from State) bool { return slices.Contains(steps[s].From, from) }

// set and where give the two halves of a statement that makes the step.
func (s step) set(a *db.Args) string   { return `state = ` + a.Add(steps[s].To) }
func (s step) where(a *db.Args) string { return `state in ` + db.In(a, steps[s].From) }

// Can says which of the two steps that an administrator takes lead on from here.
func (j Job) Can() (retrying, cancelling bool) { return retry.may(j.State), cancel.may(j.State) }
