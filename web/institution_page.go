package web

import (
	"html/template"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/bidi"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/roster"
)

// meetingsOfPartner is how many meetings an institution's page names.
const meetingsOfPartner = 5

// InstitutionPage tells what an institution is and was.
type InstitutionPage struct {
	Page
	Head       Head
	Name       Tagged
	Facts      Facts
	Note       template.HTML
	Tongue     string
	Lineage    []LineageStep
	Standing   []LineageStep
	Children   []Link
	People     []PostView
	Signed     bool
	Invite     string // address of the form by which the reader invites somebody here
	Gate       InsideLink
	Meetings   []MeetingRow
	Total      int
	All        string // address of all its meetings
	Today      string // as what it takes part today
	WebsiteURL string
	NewPerson  string
}

// Tagged says what a reader should know of a name.
type Tagged struct {
	Tag  string
	Note Said
}

// LineageStep is one stop on the line of an institution: another before or after it, or one of
// its own names.
type LineageStep struct {
	Class string // here, ended, part-of
	Date  string
	Path  string // of another institution
	Name  Said
	Other Said
	Tag   string
	Notes []Said
}

// PostView is a person in a post.
type PostView struct {
	ID     ref.ID
	Title  Said
	Name   string // family and given name, where they were entered
	Post   Said
	Period string
	Former bool
	Held   []HeldFunction // functions on the platform
}

func (s *Server) institutionPage(r *Request) error {
	id := ref.Institution(r.PathValue("id"))
	got, err := s.roster.Institution(r.Context(), r.Who, id, r.Lang)
	if err != nil {
		return err
	}
	sides, err := s.roster.Sides(r.Context(), r.Who, r.Page.Dialogue.ID, r.Lang)
	if err != nil {
		return err
	}
	v := &got.Institution.Value
	ns, err := s.named(r, append(stepIDs(got), ref.ID(v.Parent))...)
	if err != nil {
		return err
	}
	head, err := s.head(r, got.Institution.Header, say(v.Name(), r.Lang), Link{Said: plainly(r.Page.T("room.partners")), Path: "/partners"})
	if err != nil {
		return err
	}
	r.titled(&head, v.Name())
	r.inRoom("partners", head, Said{})
	p := InstitutionPage{Page: r.Page, Head: head, Signed: r.Who.SignedIn(), All: r.Page.To("/meetings?institution=", string(id)), WebsiteURL: v.Website}
	if len(account.Invitable(r.Who, id)) > 0 {
		p.Invite = p.To("/institutions/", string(id), "/invite")
	}
	if p.Gate, err = s.gateLink(r, id); err != nil {
		return err
	}
	p.Describe = p.T("partners.describe", "name", head.Title.Text)
	if p.Reader.Team {
		p.NewPerson = p.To("/new/person?posts.0.institution=", string(id))
	}
	p.Note, p.Tongue = prose(p.Words, v.Note)
	p.Standing, p.Today = p.standings(v, sides, got.Today.First())
	p.facts(v, ns)
	p.lineage(got, ns)
	for _, c := range got.Children {
		p.Children = append(p.Children, Link{Said: say(c.Value.Name(), r.Lang), Path: "/institutions/" + c.ID})
	}
	if err := s.peopleOf(r, &p, got); err != nil {
		return err
	}
	list, err := s.meetings.List(r.Context(), r.Who, meeting.Query{
		Dialogue: p.Dialogue.ID, Lang: r.Lang, Institution: id, Page: meeting.Page{Limit: meetingsOfPartner},
	})
	if err != nil {
		return err
	}
	p.Total = list.Total
	for _, m := range list.Rows {
		p.Meetings = append(p.Meetings, meetingRow(p.Words, m))
	}
	return s.ok(r, "institution", p)
}

// stepIDs are the institutions between which functions passed.
func stepIDs(got roster.InstitutionPage) []ref.ID {
	var out []ref.ID
	for _, st := range append(append([]roster.Step{}, got.Before...), got.After...) {
		out = append(out, st.ID, ref.ID(st.Next))
	}
	return out
}

func (p *InstitutionPage) facts(v *roster.Institution, ns names) {
	f := &p.Facts
	f.Words = p.Words
	f.add("partners.today", plainly(p.Today))
	f.multi("field.short", v.Short)
	if v.Level != "" {
		f.add("field.level", plainly(capital(p.Option("institution", "level", string(v.Level)))))
	}
	f.links("field.parent", ns.linksTo(p.Words, ref.ID(v.Parent)))
	f.add("field.ended", plainly(p.Date(v.Ended)))
	f.multi("field.source", v.Source)
	if n := len(v.Names); n > 0 && v.Names[n-1].Unofficial {
		p.Name = Tagged{p.T("partners.unofficial"), say(v.Names[n-1].Note, p.Lang)}
	}
}

// standings tells as what the institution took part, and when; and what it is today.
func (p *InstitutionPage) standings(v *roster.Institution, sides []access.Object[roster.Side], now time.Time) (out []LineageStep, today string) {
	words := func(as roster.Standing, side ref.Side) string {
		for _, o := range sides {
			if as == roster.OnSide && ref.Side(o.ID) == side {
				return say(o.Value.Name, p.Lang).Text
			}
		}
		return p.T("partners.is." + string(as))
	}
	current, known := v.StandingOn(now)
	for _, s := range v.Standings {
		step := LineageStep{Name: plainly(words(s.As, s.Side)), Date: p.Span(s.From, s.Until)}
		if step.Date == "" {
			step.Date = p.T("partners.always")
		}
		if known && s.As == current.As && s.Side == current.Side && s.From == current.From {
			step.Class = "here"
		} else {
			step.Class = "ended"
		}
		if !s.Note.Empty() {
			step.Notes = append(step.Notes, say(s.Note, p.Lang))
		}
		out = append(out, step)
	}
	switch as, side := v.Today(now); as {
	case "":
		today = p.T("partners.is.unknown")
	case roster.Former:
		today = p.T("partners.is.former")
	default:
		today = words(as, side)
	}
	return out, today
}

// lineage tells the line: those before, its own names, those after.
func (p *InstitutionPage) lineage(got roster.InstitutionPage, ns names) {
	v := &got.Institution.Value
	for _, st := range got.Before {
		step := p.stepOf(st.Object)
		step.Class, step.Date = "ended", p.Span("", st.Date)
		if step.Date == "" {
			step.Date = p.T("partners.before")
		}
		if !st.Matter.Empty() { // it goes on, only the matter left it
			step.Class = "part-of"
			step.Notes = append(step.Notes, p.inMatter(st.Matter)...)
		}
		if t, ok := ns[ref.ID(st.Next)]; ok {
			step.Notes = append(step.Notes, plainly(p.T("partners.succeeded-by", "name", t.Text)))
		}
		p.Lineage = append(p.Lineage, step)
	}
	for i, n := range v.Names {
		step := LineageStep{Name: say(n.Name, p.Lang), Other: inOther(n.Name, p.Lang), Date: p.Span(n.From, n.Until), Class: "ended"}
		if i == len(v.Names)-1 && v.Ended.IsZero() {
			step.Class = "here"
		}
		if step.Date == "" {
			step.Date = p.T("partners.name-undated")
			if !v.Ended.IsZero() {
				step.Date = p.Span("", v.Ended)
			}
		}
		if i == len(v.Names)-1 { // what it took over, and when: it may itself be older
			step.Notes = append(step.Notes, p.tookOver(got)...)
		}
		if n.Unofficial {
			step.Tag = p.T("partners.unofficial")
		}
		if !n.Note.Empty() {
			step.Notes = append(step.Notes, say(n.Note, p.Lang))
		}
		p.Lineage = append(p.Lineage, step)
	}
	for _, st := range got.After {
		step := p.stepOf(st.Object)
		step.Date = p.Span(st.Date, "")
		if step.Date == "" {
			step.Date = p.T("partners.after")
		}
		if !st.Matter.Empty() {
			step.Class = "part-of"
			step.Notes = append(step.Notes, p.inMatter(st.Matter)...)
		}
		if t, ok := ns[ref.ID(st.Next)]; ok {
			step.Notes = append(step.Notes, plainly(p.T("partners.took-over", "name", t.Text)))
		}
		p.Lineage = append(p.Lineage, step)
	}
}

// tookOver says what an institution has from those directly before it.
func (p *InstitutionPage) tookOver(got roster.InstitutionPage) []Said {
	var out []Said
	for _, st := range got.Before {
		if ref.ID(st.Next) != got.Institution.ID || st.Date.IsZero() {
			continue
		}
		words := p.T("partners.has-from", "name", say(st.Value.Name(), p.Lang).Text, "date", p.Date(st.Date))
		if !st.Matter.Empty() {
			words += p.T("list.colon") + bidi.Isolate(say(st.Matter, p.Lang).Text)
		}
		out = append(out, plainly(words))
	}
	return out
}

func (p *InstitutionPage) stepOf(o access.Object[roster.Institution]) LineageStep {
	name := o.Value.Name()
	return LineageStep{Path: "/institutions/" + o.ID, Name: say(name, p.Lang), Other: inOther(name, p.Lang)}
}

// inMatter says what passed over, where it was not everything.
func (p *InstitutionPage) inMatter(m text.Multi) []Said {
	s := say(m, p.Lang)
	if s.Lang == "" {
		s.Text = p.T("partners.matter", "matter", s.Text)
	}
	return []Said{s}
}

// peopleOf lists the people of an institution with what they hold, and for who is signed in also
// since when and by whom it was given.
func (s *Server) peopleOf(r *Request, p *InstitutionPage, got roster.InstitutionPage) error {
	gifts, ns := map[ref.Person][]roster.Gift{}, names{}
	if p.Signed {
		var people []ref.Person
		for _, o := range got.People {
			people = append(people, ref.Person(o.ID))
		}
		var err error
		if gifts, err = s.roster.Gifts(r.Context(), r.Who, people...); err != nil {
			return err
		}
		var ids []ref.ID
		for _, gs := range gifts {
			for _, g := range gs {
				ids = append(ids, g.By.Person, g.By.Institution)
			}
		}
		if ns, err = s.named(r, ids...); err != nil {
			return err
		}
	}
	for _, o := range got.People {
		var of PersonPage
		of.Page = r.Page
		of.fill(roster.Person{Functions: o.Value.Functions}, nil, got.Today)
		for i, g := range gifts[ref.Person(o.ID)] {
			of.Functions[i].Given = s.givenWords(&r.Page, ns, g)
		}
		for _, v := range postViews(p.Words, o, ref.Institution(got.Institution.ID), got.Today) {
			v.Held = of.Functions
			p.People = append(p.People, v)
		}
	}
	return nil
}

// postViews are the posts of a person in one institution.
func postViews(w Words, o access.Object[roster.Person], at ref.Institution, today when.Date) []PostView {
	var out []PostView
	for _, q := range o.Value.Posts {
		if q.Institution != at {
			continue
		}
		v := PostView{ID: o.ID, Title: say(o.Value.Title, w.Lang), Name: personName(o.Value), Post: say(q.Title, w.Lang), Period: w.Span(q.From, q.Until)}
		v.Former = q.Over(today)
		out = append(out, v)
	}
	return out
}

// personName writes a name as its bearer's language does: the family name first in Chinese.
func personName(p roster.Person) string {
	switch {
	case p.Family == "" || p.Given == "":
		return p.Family + p.Given
	case isHan(p.Family):
		return p.Family + p.Given
	}
	return p.Given + " " + p.Family
}

func isHan(s string) bool {
	for _, c := range s {
		if c >= 0x2e80 {
			return true
		}
	}
	return false
}
