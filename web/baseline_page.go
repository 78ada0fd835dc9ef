package web

import (
	"entente/internal/ref"
)

// BaselinePage shows an endorsed version of a work plan as it was frozen.
type BaselinePage struct {
	Page
	Head  Head
	Facts Facts
	Rows  []FrozenRow
}

// FrozenRow is an activity as the endorsed version holds it.
type FrozenRow struct {
	Path  string // empty: removed since
	Title Said
	When  string
	Unset bool
	State StateWord
	Rev   int
}

func (s *Server) baselinePage(r *Request) error {
	got, err := s.projects.Baseline(r.Context(), r.Who, ref.Baseline(r.PathValue("id")))
	if err != nil {
		return err
	}
	v := got.Baseline.Value
	trail := []Link{{Said: plainly(r.Page.T("room.plan")), Path: "/plans"}}
	if got.Plan.ID != "" {
		trail = append(trail, Link{Said: say(got.Plan.Value.Title, r.Lang), Path: "/plans/" + got.Plan.ID})
	}
	head, err := s.head(r, got.Baseline.Header, say(v.Title, r.Lang), trail...)
	if err != nil {
		return err
	}
	r.titled(&head, v.Title)
	r.inRoom("plan", head, Said{})
	p := BaselinePage{Page: r.Page, Head: head}
	f := &p.Facts
	f.Words = p.Words
	f.add("field.version", plainly(p.T("plan.version", "n", v.Version)))
	f.add("field.endorsed", plainly(p.Date(v.Endorsed)))
	f.multi("plan.endorsed-by", v.Note)
	if got.Recorded {
		f.add("plan.recorded", plainly(p.T("plan.recorded-by")))
	}
	for _, l := range got.Activities {
		row := FrozenRow{Title: say(l.Title, r.Lang), When: p.On(l.Starts, l.Ends), State: stateWord(p.Words, "activity", string(l.State)), Rev: l.Rev}
		if row.When == "" {
			row.When, row.Unset = p.T("plan.date-unknown"), true
		}
		if !got.Removed[l.Activity] {
			row.Path = "/activities/" + string(l.Activity)
		}
		p.Rows = append(p.Rows, row)
	}
	return s.ok(r, "baseline", p)
}
