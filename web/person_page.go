package web

import (
	"time"

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
}

// HeldFunction is a function on the platform for a period.
type HeldFunction struct {
	Name, Period string
	Former       bool
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
	head.Other = inOther(v.Title, r.Lang)
	r.inRoom("partners", head, Said{})
	p := PersonPage{Page: r.Page, Head: head}
	p.Facts.Words = p.Words
	p.Facts.add("partners.name", plainly(personName(v)))
	if p.Has("lang." + v.Language) {
		p.Facts.add("partners.reads", plainly(p.T("lang."+v.Language)))
	}
	today := when.DateOf(time.Now())
	p.fill(v, ns, today)
	if p.Account, err = s.accountView(r, ref.Person(o.ID)); err != nil {
		return err
	}
	return s.ok(r, "person", p)
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
		if !q.Until.IsZero() && q.Until.Before(today) {
			step.Class = "ended"
		}
		if !q.Title.Empty() {
			step.Notes = []Said{say(q.Title, p.Lang)}
		}
		p.Posts = append(p.Posts, step)
	}
	for _, h := range v.Functions {
		f := HeldFunction{Name: p.Option("person", "function", string(h.Function)), Period: p.Span(h.From, h.Until)}
		f.Former = !h.Until.IsZero() && h.Until.Before(today)
		if f.Period == "" {
			f.Period = p.T("partners.period-unknown")
		}
		p.Functions = append(p.Functions, f)
	}
}
