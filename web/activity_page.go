package web

import (
	"html/template"

	"entente/access"
	"entente/internal/ref"
	"entente/meeting"
	"entente/project"
)

// ActivityPage shows one line of the work plan.
type ActivityPage struct {
	Page
	Head     Head
	Facts    Facts
	Summary  template.HTML
	Tongue   string
	Owed     Owed
	After    []Link // activities it waits for
	Before   []Link // activities that wait for it
	Meetings []HeldView
	NewOne   string // address of the form for a meeting under it
}

// HeldView is a meeting held, or to be held, under an activity.
type HeldView struct {
	Path  string
	Title Said
	When  string
	State StateWord
}

func (s *Server) activityPage(r *Request) error {
	id := ref.Activity(r.PathValue("id"))
	got, err := s.projects.Activity(r.Context(), r.Who, id, r.Lang)
	if err != nil {
		return err
	}
	meetings, err := s.meetings.Of(r.Context(), r.Who, id)
	if err != nil {
		return err
	}
	v := got.Activity.Value
	ids := []ref.ID{ref.ID(v.Phase), ref.ID(v.FocusArea), ref.ID(v.Lead)}
	ids = append(ids, idsOf(v.Results...)...)
	ids = append(ids, idsOf(v.Partners...)...)
	ids = append(ids, idsOf(v.DependsOn...)...)
	ns, err := s.named(r, ids...)
	if err != nil {
		return err
	}
	trail := []Link{{Said: plainly(r.Page.T("room.plan")), Path: "/plans"}}
	if got.Plan != nil {
		trail = append(trail, Link{Said: say(got.Plan.Value.Title, r.Lang), Path: "/plans/" + got.Plan.ID})
	}
	head, err := s.head(r, got.Activity.Header, say(v.Title, r.Lang), trail...)
	if err != nil {
		return err
	}
	r.titled(&head, v.Title)
	r.inRoom("plan", head, sayLines(v.Summary, r.Lang))
	p := ActivityPage{Page: r.Page, Head: head, After: ns.linksTo(r.Page.Words, idsOf(v.DependsOn...)...)}
	p.Summary, p.Tongue = prose(p.Words, v.Summary)
	p.Owed = p.owed(say(v.Summary, r.Lang))
	for _, t := range got.Waiting {
		p.Before = append(p.Before, linkTo(p.Words, t))
	}
	p.facts(got, ns)
	for _, m := range meetings {
		p.Meetings = append(p.Meetings, heldView(p.Words, m))
	}
	if p.Reader.Team {
		p.NewOne = p.To("/new/meeting?activity=", string(id), "&phase=", string(v.Phase))
	}
	return s.ok(r, "activity", p)
}

func (p *ActivityPage) facts(got project.ActivityPage, ns names) {
	v := got.Activity.Value
	f := &p.Facts
	f.Words = p.Words
	f.add("field.code", plainly(v.Code))
	f.add("field.type", plainly(capital(p.Option("activity", "type", string(v.Type)))))
	f.state("field.state", stateWord(p.Words, "activity", string(v.State)))
	dates := plainly(p.On(v.Starts, v.Ends))
	if dates.Text == "" {
		dates.Text = p.T("plan.date-unknown")
	}
	f.add("plan.dates", dates, say(v.DateNote, p.Lang))
	p.endorsed(got)
	f.multi("field.place", v.Place)
	f.links("field.phase", ns.briefsTo(p.Words, ref.ID(v.Phase)))
	f.links("field.focus_area", ns.linksTo(p.Words, ref.ID(v.FocusArea)))
	f.links("field.results", ns.linksTo(p.Words, idsOf(v.Results...)...))
	f.links("field.activity.lead", ns.linksTo(p.Words, ref.ID(v.Lead)))
	f.links("field.partners", ns.linksTo(p.Words, idsOf(v.Partners...)...))
	if !p.Head.Public { // what it costs is between those who take part
		f.add("field.budget_line", plainly(v.BudgetLine))
		if v.Budget != "" {
			f.add("field.budget", plainly(v.Currency+" "+v.Budget.Words(p.Lang)))
		}
	}
	f.multi("field.source", v.Source)
}

// endorsed says how the activity stood in the endorsed version, where that differs from today.
func (p *ActivityPage) endorsed(got project.ActivityPage) {
	if got.Baseline == nil {
		return
	}
	label := p.T("plan.was", "n", got.Baseline.Value.Version)
	v, l := got.Activity.Value, got.Planned
	switch {
	case l == nil:
		p.Facts.List = append(p.Facts.List, Fact{Label: label, Said: plainly(p.T("plan.not-in"))})
	case l.Starts != v.Starts || l.Ends != v.Ends:
		was := p.On(l.Starts, l.Ends)
		if was == "" {
			was = p.T("plan.date-unknown")
		}
		p.Facts.List = append(p.Facts.List, Fact{Label: label, Said: plainly(was)})
	}
}

func heldView(w Words, m access.Object[meeting.Meeting]) HeldView {
	v := HeldView{
		Path: "/meetings/" + m.ID, Title: say(m.Value.Title, w.Lang), When: w.On(m.Value.Starts, m.Value.Ends),
		State: stateWord(w, "meeting", string(m.Value.State)),
	}
	if v.When == "" {
		v.When = w.T("plan.date-unknown")
	}
	return v
}
