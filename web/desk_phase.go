package web

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"entente/access"
	"entente/internal/when"
	"entente/project"
)

// DeskPhase is how a phase stands, for the donor's officer and the project team: the newest phase
// that has a work plan.
type DeskPhase struct {
	Phase      Link
	Month      string // empty: no start is known
	Months     string // "of 36"
	Note       string // what the reader should know about the month
	DateNote   Said
	Plan       Link
	Version    string
	Counts     []DeskCount
	Total      int
	Indicators []DeskIndicator
}

// DeskCount is how many activities stand in a state.
type DeskCount struct {
	N    int
	Word string
	Path string
}

// DeskIndicator is an indicator with the figures that count today.
type DeskIndicator struct {
	IndicatorRow
	Path   string
	Target ValueView // the last
	Latest ValueView
}

// deskPhase finds the phase.
func (s *Server) deskPhase(r *Request, p *DeskPage, now time.Time) error {
	if !p.Donor && !p.Reader.Team {
		return nil
	}
	plans, err := s.projects.Plans(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil || len(plans) == 0 {
		return err
	}
	plan := plans[0]
	got, err := s.projects.Phase(r.Context(), r.Who, plan.Value.Phase, p.Lang)
	if err != nil {
		return err
	}
	counts, err := s.projects.Counts(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	states, err := s.planStates(r, plan.ID)
	if err != nil {
		return err
	}
	v := got.Phase.Value
	d := &DeskPhase{
		Phase: Link{Said: p.Text(v.Name), Path: "/phases/" + got.Phase.ID}, DateNote: p.Text(v.DateNote),
		Plan:    Link{Said: p.Text(plan.Value.Title), Path: "/plans/" + plan.ID},
		Version: p.T("desk.version", "n", max(plan.Value.Version, 1), "state", states.word(plan.ID, string(plan.Value.State))),
	}
	d.month(p.Words, v, now)
	d.count(p.Words, plan, counts)
	if p.Donor {
		for _, b := range got.Logframe.Tree() {
			for _, i := range b.Indicators {
				d.Indicators = append(d.Indicators, deskIndicator(p.Words, i))
			}
		}
	}
	p.Phase = d
	return nil
}

// month says in which month the phase is. A phase that has ended stands at its last; where the
// dates are no more than inferred, that is said.
func (d *DeskPhase) month(w Words, v project.Phase, now time.Time) {
	n, exact := when.MonthOf(v.Starts, now)
	ended := v.State == "ended"
	if v.Months > 0 {
		d.Months = w.T("desk.of", "n", v.Months)
		if ended || n > v.Months {
			n = v.Months
		}
	}
	switch {
	case v.Starts.IsZero() || n < 1 || ended && v.Months == 0:
		d.Months = ""
	default:
		d.Month = strconv.Itoa(n)
	}
	state := capital(w.Option("phase", "state", string(v.State)))
	switch {
	case d.Month == "":
		d.Note = w.T("desk.month-unknown", "state", state)
	case !exact:
		d.Note = w.T("desk.month-inferred", "state", state, "span", capital(w.Span(v.Starts, v.Ends)))
	default:
		d.Note = w.T("desk.month-exact", "state", state, "span", capital(w.Span(v.Starts, v.Ends)))
	}
}

// count fills the figures of the activities: the usual four always, the others where there are any.
func (d *DeskPhase) count(w Words, plan access.Object[project.Plan], counts []project.Count) {
	by := map[project.ActivityState]int{}
	for _, c := range counts {
		if c.Phase == plan.Value.Phase {
			by[c.State] += c.N
			d.Total += c.N
		}
	}
	always := []project.ActivityState{project.Scheduled, project.Held, project.Postponed, project.Cancelled}
	for _, o := range project.ActivityState("").Options() {
		state := project.ActivityState(o)
		if by[state] > 0 || slices.Contains(always, state) {
			d.Counts = append(d.Counts, DeskCount{by[state], capital(w.Option("activity", "state", o)), "/plans/" + plan.ID + "?state=" + o})
		}
	}
}

func deskIndicator(w Words, o access.Object[project.Indicator]) DeskIndicator {
	v := o.Value
	row := DeskIndicator{IndicatorRow: indicatorRow(w, o), Path: objectPath("indicator", o.ID), Target: valueView(w, v, lastOf(v.Targets)), Latest: valueView(w, v, lastOf(v.Values))}
	return row
}

// lastOf gives the value with the latest date, or none.
func lastOf(vs []project.Value) project.Value {
	if len(vs) == 0 {
		return project.Value{}
	}
	return slices.MaxFunc(vs, func(a, b project.Value) int { return cmp.Compare(a.Date.Sort(), b.Date.Sort()) })
}
