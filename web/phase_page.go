package web

import (
	"html/template"

	"entente/access"
	"entente/internal/ref"
	"entente/project"
)

// PhasePage shows one funded period: who pays, who carries it out, what for, and what came of it.
type PhasePage struct {
	Page
	Head         Head
	Facts        Facts
	Approach     template.HTML
	Tongue       string
	Objectives   []Said
	Themes       []Said
	Areas        []FocusView
	Budget       []MoneyView
	Achievements []SourcedView
	Lessons      []SourcedView
	Codes        []CodeGroup
	Logframe     []ResultRow
	NewResult    string
	NewIndicator string
}

// MoneyView is a sum and what it is for.
type MoneyView struct {
	Amount string // with its currency
	Of     Said
}

// SourcedView is a sentence with its source.
type SourcedView struct {
	Said
	Source Said
	URL    string
}

// CodeGroup is the codes of one scheme.
type CodeGroup struct {
	Scheme string
	Codes  []CodeView
}

// CodeView is one code; Inner says that it is kept off the public pages.
type CodeView struct {
	Code  string
	Name  Said
	Inner bool
}

func (s *Server) phasePage(r *Request) error {
	got, err := s.projects.Phase(r.Context(), r.Who, ref.Phase(r.PathValue("id")), r.Lang)
	if err != nil {
		return err
	}
	o := got.Phase
	v := o.Value
	head, err := s.head(r, o.Header, say(v.Name, r.Lang), Link{Said: plainly(r.Page.T("room.project")), Path: "/project"})
	if err != nil {
		return err
	}
	r.titled(&head, v.Name)
	head.Main = append(head.Main, Link{Said: plainly(r.Page.T("project.to-meetings")), Path: r.Page.To("/meetings?phase=", o.ID)})
	if got.Plan != nil {
		head.Main = append([]Link{{Said: plainly(r.Page.T("project.to-plan")), Path: r.Page.To("/plans/", got.Plan.ID)}}, head.Main...)
	} else if r.Page.Reader.Team {
		head.Main = append(head.Main, Link{Said: plainly(r.Page.T("plan.new")), Path: r.Page.To("/new/plan?phase=", o.ID)})
	}
	r.inRoom("project", head, plainly(r.Page.T("project.describe", "name", head.Title.Text)))
	p := PhasePage{Page: r.Page, Head: head, Objectives: sayAll(v.Objectives, r.Lang), Themes: sayAll(v.Themes, r.Lang)}
	p.Approach, p.Tongue = prose(p.Words, v.Approach)
	ids := append([]ref.ID{ref.ID(v.Project), ref.ID(v.Follows), ref.ID(v.Donor), ref.ID(v.ManagedBy)}, idsOf(v.Implementers...)...)
	ns, err := s.named(r, ids...)
	if err != nil {
		return err
	}
	p.facts(v, ns, got.Next)
	for _, m := range v.Budget {
		p.Budget = append(p.Budget, MoneyView{m.Currency + " " + m.Amount.Words(r.Lang), say(m.Of, r.Lang)})
	}
	p.Achievements, p.Lessons = sourced(v.Achievements, r.Lang), sourced(v.Lessons, r.Lang)
	p.Codes = codeGroups(p.Words, v.Codes, r.Who.SignedIn())
	for _, a := range got.FocusAreas {
		f := FocusView{ID: a.ID, Name: say(a.Value.Name, r.Lang)}
		f.Description, f.Tongue = prose(p.Words, a.Value.Description)
		p.Areas = append(p.Areas, f)
	}
	p.Logframe = resultRows(p.Words, got.Logframe.Tree())
	if p.Reader.Team {
		p.NewResult = p.To("/new/result?phase=", o.ID)
		if len(p.Logframe) > 0 { // an indicator measures a result
			p.NewIndicator = p.To("/new/indicator?result=", p.Logframe[0].ID)
		}
	}
	return s.ok(r, "phase", p)
}

func (p *PhasePage) facts(v project.Phase, ns names, next []access.Title) {
	f := &p.Facts
	f.Words = p.Words
	dates := plainly(p.Span(v.Starts, v.Ends))
	if dates.Text == "" {
		dates.Text = p.T("project.dates-unknown")
	}
	f.add("project.dates", dates, say(v.DateNote, p.Lang))
	if v.Months > 0 {
		f.add("project.duration", plainly(p.T("project.months", "n", v.Months)))
	}
	f.state("field.state", stateWord(p.Words, "phase", string(v.State)))
	f.links("field.donor", ns.linksTo(p.Words, ref.ID(v.Donor)))
	f.multi("field.instrument", v.Instrument)
	f.links("field.managed_by", ns.linksTo(p.Words, ref.ID(v.ManagedBy)))
	f.links("field.implementers", ns.linksTo(p.Words, idsOf(v.Implementers...)...))
	f.add("field.reference", plainly(v.Reference))
	f.links("field.project", ns.linksTo(p.Words, ref.ID(v.Project)))
	f.links("field.follows", ns.linksTo(p.Words, ref.ID(v.Follows)))
	var after []Link
	for _, t := range next {
		after = append(after, linkTo(p.Words, t))
	}
	f.links("project.followed-by", after)
	f.multi("field.source", v.Source)
}

func sourced(list []project.Sourced, lang string) []SourcedView {
	var out []SourcedView
	for _, s := range list {
		out = append(out, SourcedView{say(s.Text, lang), say(s.Source, lang), s.URL})
	}
	return out
}

// codeGroups gives the codes by their schemes. A visitor sees only what was made public.
func codeGroups(w Words, codes []project.Code, signedIn bool) []CodeGroup {
	var out []CodeGroup
	for _, c := range codes {
		if !c.Public && !signedIn {
			continue
		}
		scheme := w.Option("phase", "scheme", string(c.Scheme))
		if len(out) == 0 || out[len(out)-1].Scheme != scheme {
			out = append(out, CodeGroup{Scheme: scheme})
		}
		g := &out[len(out)-1]
		g.Codes = append(g.Codes, CodeView{c.Code, say(c.Name, w.Lang), !c.Public})
	}
	return out
}
