package web

import (
	"html/template"

	"entente/access"
	"entente/dialogue"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/project"
	"entente/roster"
)

// dialogueRoutes are the mechanism's own pages.
var dialogueRoutes = []Route{
	get("/dialogue", All, "", (*Server).dialoguePage),
	get("/roadmap", All, "", (*Server).roadmapPage),
}

// DialoguePage shows the mechanism: its sides, its rounds, and what it leads to.
type DialoguePage struct {
	Page
	Head        Head
	Description template.HTML
	Tongue      string // the language the description is in, where it is not the page's
	Owed        Owed
	Facts       Facts
	Sides       []SideView
	Rounds      []RoundView
	Projects    []Link
	Roadmap     Said
	NewSide     string
	NewRound    string
	Acts        map[ref.ID]Acts // of sides and rounds
}

// SideView is a side with the institutions that speak for it.
type SideView struct {
	ID    ref.ID
	Name  Said
	Leads []LeadView
	Note  template.HTML
	Lang  string
}

// LeadView is a mandate.
type LeadView struct {
	Link
	Matter Said
	Period string
}

// RoundView is one meeting of the mechanism itself.
type RoundView struct {
	ID     ref.ID
	Title  Said
	When   string
	Level  string
	Place  Said
	Note   template.HTML
	Lang   string
	Source Said
}

// prose renders a Markdown text and says which language it is in, where that is not the page's.
func prose(w Words, m text.Multi) (template.HTML, string) {
	if m.Empty() {
		return "", ""
	}
	return w.HTML(m), say(m, w.Lang).Lang
}

func (s *Server) dialoguePage(r *Request) error {
	if r.Page.Dialogue.ID == "" {
		return errNoPage
	}
	h, value, err := s.objects.Get(r.Context(), r.Who, ref.ID(r.Page.Dialogue.ID))
	if err != nil {
		return err
	}
	d, ok := value.(*dialogue.Dialogue)
	if !ok {
		return errNoPage
	}
	head, err := s.head(r, h, say(d.Name, r.Lang))
	if err != nil {
		return err
	}
	head.Other = inOther(d.Name, r.Lang)
	r.inRoom("dialogue", head, sayLines(d.Summary, r.Lang))
	p := DialoguePage{Page: r.Page, Head: head}
	p.Description, p.Tongue = prose(p.Words, d.Description)
	p.Owed = p.owed(say(d.Description, r.Lang))
	p.Facts.Words = p.Words
	p.Facts.multi("field.facilitator", d.Facilitator)
	p.Facts.multi("dialogue.team", d.Team)
	sides, err := s.dialogueSides(r, &p)
	if err != nil {
		return err
	}
	rounds, err := s.dialogues.Rounds(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	for _, o := range rounds {
		p.Rounds = append(p.Rounds, roundView(&p.Page, o))
	}
	if p.Acts, err = s.acts(r, append(headersOf(sides), headersOf(rounds)...)...); err != nil {
		return err
	}
	projects, err := s.projects.Projects(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	phases, err := s.projects.Phases(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	for _, o := range newestFirst(projects, project.Line(phases)) {
		p.Projects = append(p.Projects, Link{Said: say(o.Value.Name, r.Lang), Path: "/project"})
	}
	m, err := s.dialogues.Roadmap(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	p.Roadmap = say(m.Roadmap.Value.Title, r.Lang)
	if p.Reader.Team {
		p.NewSide, p.NewRound = p.To("/new/side"), p.To("/new/round")
	}
	return s.ok(r, "dialogue", p)
}

// dialogueSides fills the sides in the order of reading, with their lead institutions.
func (s *Server) dialogueSides(r *Request, p *DialoguePage) ([]access.Object[roster.Side], error) {
	sides, err := s.roster.Sides(r.Context(), r.Who, p.Dialogue.ID, r.Lang)
	if err != nil {
		return nil, err
	}
	var ids []ref.ID
	for _, o := range sides {
		for _, l := range o.Value.Leads {
			ids = append(ids, ref.ID(l.Institution))
		}
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return nil, err
	}
	for _, o := range sides {
		v := SideView{ID: o.ID, Name: say(o.Value.Name, r.Lang)}
		v.Note, v.Lang = prose(p.Words, o.Value.Note)
		for _, l := range o.Value.Leads {
			if t, ok := ns[ref.ID(l.Institution)]; ok {
				v.Leads = append(v.Leads, LeadView{linkTo(p.Words, t), say(l.Matter, r.Lang), when.Span(l.From, l.Until, r.Lang)})
			}
		}
		p.Sides = append(p.Sides, v)
	}
	return sides, nil
}

func roundView(p *Page, o access.Object[dialogue.Round]) RoundView {
	v := RoundView{
		ID: o.ID, Title: say(o.Value.Title, p.Lang), When: p.On(o.Value.Date, o.Value.Until), Level: capital(p.Option("round", "level", string(o.Value.Level))),
		Place: say(o.Value.Place, p.Lang), Source: say(o.Value.Source, p.Lang),
	}
	if v.When == "" {
		v.When = p.T("dialogue.date-unknown")
	}
	v.Note, v.Lang = prose(p.Words, o.Value.Note)
	return v
}
