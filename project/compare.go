package project

import (
	"time"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/when"
)

// Drift says what became of an activity since its plan was endorsed.
type Drift string

// The drifts, from nothing to gone.
const (
	AsEndorsed Drift = "same"
	Dated      Drift = "dated"     // the dates are said more precisely, within those endorsed
	Moved      Drift = "moved"     // other dates
	Undated    Drift = "undated"   // had dates and has none now
	CalledOff  Drift = "cancelled" // cancelled since
	Removed    Drift = "removed"   // no longer in the plan
	Added      Drift = "added"     // not in the endorsed version
)

// Drifts lists the drifts in the order in which a page tells them.
func Drifts() []Drift {
	return []Drift{AsEndorsed, Dated, Moved, Undated, CalledOff, Removed, Added}
}

// Change is one activity beside the line by which it was endorsed.
type Change struct {
	Drift Drift
	Was   *Planned                 // nil when added
	Now   *access.Object[Activity] // nil when removed
}

// Compare sets the activities beside the endorsed lines: first as the activities stand, then what
// was removed. An endorsed line whose activity is neither among now nor removed is left out:
// whoever asks may not read it.
func Compare(frozen []Planned, removed map[ref.Activity]bool, now []access.Object[Activity]) []Change {
	was := map[ref.Activity]*Planned{}
	for i := range frozen {
		was[frozen[i].Activity] = &frozen[i]
	}
	var out []Change
	for i := range now {
		w := was[ref.Activity(now[i].ID)]
		out = append(out, Change{drift(w, &now[i].Value), w, &now[i]})
	}
	for i := range frozen {
		if removed[frozen[i].Activity] {
			out = append(out, Change{Removed, &frozen[i], nil})
		}
	}
	return out
}

func drift(was *Planned, now *Activity) Drift {
	switch {
	case was == nil:
		return Added
	case now.State == Cancelled && was.State != Cancelled:
		return CalledOff
	case was.Starts == now.Starts && was.Ends == now.Ends:
		return AsEndorsed
	case now.Starts == "" && now.Ends == "":
		return Undated
	case was.Starts == "" && was.Ends == "":
		return Dated
	}
	wf, wl := Bounds(was.Starts, was.Ends)
	nf, nl := Bounds(now.Starts, now.Ends)
	if !nf.Before(wf) && !nl.After(wl) {
		return Dated
	}
	return Moved
}

// Bounds gives the first and the last day that a period can mean; zero times without a date.
func Bounds(from, until when.Date) (first, last time.Time) {
	if from.IsZero() {
		from = until
	}
	if until.IsZero() {
		until = from
	}
	return from.First(), until.Last()
}
