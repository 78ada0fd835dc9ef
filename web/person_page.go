package web

import (
	"entente/access"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/roster"
)

// PersonPage shows who held what, and when. It names a person only where a name was entered.
type PersonPage struct {
	Page
	Head      Head
	Facts     Facts
	Posts     []LineageStep
	Functions []HeldFunction
	Account   AccountView
	Erase     string // address of the page on which the name is taken out for good
	Handover  string // address of the form by which the reader hands a function of this person over
}

// HeldFunction is a function on the platform for a period, with how it came and where it went.
type HeldFunction struct {
	Name, Period string
	Former       bool
	Given        string // when and by whom it was entered
	From         Link   // the predecessor
	Next         []Heir
}

// Heir is somebody who took a function over.
type Heir struct {
	Link
	Since string
}

func (s *Server) personPage(r *Request) error {
	o, err := s.roster.Person(r.Context(), r.Who, ref.Person(r.PathValue("id")))
	if err != nil {
		return err
	}
	v := o.Value
	var ids []ref.ID
	for _, q := range v.Posts {
		ids = append(ids, ref.ID(q.Institution))
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return err
	}
	head, err := s.head(r, o.Header, say(v.Title, r.Lang), Link{Said: plainly(r.Page.T("room.partners")), Path: "/partners"})
	if err != nil {
		return err
	}
	r.titled(&head, v.Title)
	r.inRoom("partners", head, Said{})
	p := PersonPage{Page: r.Page, Head: head}
	p.Facts.Words = p.Words
	p.Facts.add("partners.name", plainly(personName(v)))
	if p.Has("lang." + v.Language) {
		p.Facts.add("partners.reads", plainly(p.T("lang."+v.Language)))
	}
	p.fill(v, ns, s.today(&r.Page))
	if err := s.heldBy(r, o, p.Functions); err != nil {
		return err
	}
	if _, err := s.accounts.Passing(r.Context(), r.Who, ref.Person(o.ID)); err == nil {
		p.Handover = p.To("/people/", o.ID, "/handover")
	} else if !fault.Is(err, fault.Forbidden) {
		return err
	}
	if err := s.erased(r, &p, o); err != nil {
		return err
	}
	if p.Account, err = s.accountView(r, ref.Person(o.ID)); err != nil {
		return err
	}
	return s.ok(r, "person", p)
}

// heldBy says of each function of a person who gave it and when, from whom it was taken over, and
// who took it over, as far as the reader may know. A visitor is not told.
func (s *Server) heldBy(r *Request, o access.Object[roster.Person], fs []HeldFunction) error {
	if !r.Who.SignedIn() {
		return nil
	}
	id := ref.Person(o.ID)
	gifts, err := s.roster.Gifts(r.Context(), r.Who, id)
	if err != nil {
		return err
	}
	heirs, err := s.roster.Successors(r.Context(), r.Who, id)
	if err != nil {
		return err
	}
	var ids []ref.ID
	for i, g := range gifts[id] {
		ids = append(ids, g.By.Person, g.By.Institution, ref.ID(o.Value.Functions[i].Predecessor))
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return err
	}
	for i, g := range gifts[id] {
		f := &fs[i]
		f.Given = s.givenWords(&r.Page, ns, g)
		if t, ok := ns[ref.ID(o.Value.Functions[i].Predecessor)]; ok {
			f.From = linkTo(r.Page.Words, t)
		}
		for _, h := range heirs {
			for _, x := range h.Value.Functions {
				if x.Predecessor == id && x.Function == o.Value.Functions[i].Function && follows(o.Value.Functions[i], x) {
					f.Next = append(f.Next, Heir{Link{Said: say(h.Value.Title, r.Lang), Path: objectPath("person", h.ID)}, r.Page.Date(x.From)})
				}
			}
		}
	}
	return nil
}

// follows says whether a function was taken over when it ended, and not at another time at which
// the same person held it.
func follows(was, is roster.Held) bool {
	return was.Until.IsZero() || is.From.IsZero() || was.Until == is.From
}

// givenWords say when and by whom a function was entered; "" where nobody may know.
func (s *Server) givenWords(p *Page, ns names, g roster.Gift) string {
	if g.When == "" {
		return ""
	}
	return p.T("partners.given", "date", p.Day(g.When), "by", s.byWords(p, ns, g.By))
}

func (p *PersonPage) fill(v roster.Person, ns names, today when.Date) {
	for _, q := range v.Posts {
		t, ok := ns[ref.ID(q.Institution)]
		if !ok {
			continue
		}
		l := linkTo(p.Words, t)
		step := LineageStep{Class: "here", Path: l.Path, Name: l.Said, Date: p.Span(q.From, q.Until)}
		if step.Date == "" {
			step.Date = p.T("partners.period-unknown")
		}
		if q.Over(today) {
			step.Class = "ended"
		}
		if !q.Title.Empty() {
			step.Notes = []Said{say(q.Title, p.Lang)}
		}
		p.Posts = append(p.Posts, step)
	}
	for _, h := range v.Functions {
		f := HeldFunction{Name: p.Option("person", "function", string(h.Function)), Period: p.Span(h.From, h.Until), Former: h.Over(today)}
		if f.Period == "" {
			f.Period = p.T("partners.period-unknown")
		}
		p.Functions = append(p.Functions, f)
	}
}
