package web

import (
	"net/http"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
)

// admissionRoutes are whom a side lets into its inner room. To who is not inside there is no such page.
var admissionRoutes = []Route{
	get("/institutions/{id}/inside", People, "id=institution/mfa", (*Server).gatePage),
	get("/people/{id}/admission", Writers, "id=person/cn-contributor", (*Server).admissionPage),
	post("/people/{id}/admission", Writers, "id=person/cn-contributor", (*Server).admissionPost),
}

// GatePage lists who of an institution is inside its side.
type GatePage struct {
	Page
	Institution Link
	Lead        string
	Inside      []AdmissionView
	Coming      []AdmissionView
	Waiting     []AdmissionView
	Past        []AdmissionView
	HandOver    string // address of the page that hands over what stands inside; "": not for the reader
}

// AdmissionView is a person who is inside, was, or waits.
type AdmissionView struct {
	Person  Link
	Note    string
	History string // address of the history of the admission
	Do      string // address of the page that lets in or shuts out
}

func (s *Server) gatePage(r *Request) error {
	g, err := s.roster.Gate(r.Context(), r.Who, ref.Institution(r.PathValue("id")), r.Lang)
	if err != nil {
		return err
	}
	var ids []ref.ID
	var people []ref.Person
	for _, list := range [][]access.Object[roster.Admission]{g.Inside, g.Coming, g.Past} {
		for _, o := range list {
			ids = append(ids, ref.ID(o.Value.Person), ref.ID(o.Value.By))
		}
	}
	for _, o := range g.Waiting {
		people, ids = append(people, ref.Person(o.ID)), append(ids, o.ID)
	}
	gifts, err := s.roster.Gifts(r.Context(), r.Who, people...)
	if err != nil {
		return err
	}
	for _, gs := range gifts {
		for _, gift := range gs {
			ids = append(ids, gift.By.Person, gift.By.Institution)
		}
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return err
	}
	for id, t := range g.Names {
		if _, reads := ns[id]; !reads {
			ns[id] = t
		}
	}
	p := GatePage{Page: r.Page, Institution: Link{Said: say(g.Institution.Value.Name(), r.Lang), Path: "/institutions/" + g.Institution.ID}}
	p.Title = p.T("admission.title", "name", p.Institution.Text)
	p.Lead = p.T("admission.lead", "name", p.Institution.Text)
	r.in("partners")
	view := func(o access.Object[roster.Admission], more string) AdmissionView {
		v := AdmissionView{Person: linkTo(p.Words, ns[ref.ID(o.Value.Person)]), History: p.To("/objects/", o.ID, "/history")}
		by := o.Value.Command
		if o.Value.By != "" {
			by = ns[ref.ID(o.Value.By)].Text
		}
		v.Note = p.T("admission.by."+string(o.Value.As), "date", p.Date(o.Value.On), "by", by)
		if more != "" {
			v.Note += p.T("public.comma") + more
		}
		return v
	}
	for _, o := range g.Inside {
		v := view(o, "")
		if g.MayEnd && o.Value.Person != r.Who.Person {
			v.Do = p.To("/people/", string(o.Value.Person), "/admission")
		}
		p.Inside = append(p.Inside, v)
	}
	for _, o := range g.Coming {
		p.Coming = append(p.Coming, view(o, p.T("admission.coming")))
	}
	for _, o := range g.Past {
		p.Past = append(p.Past, view(o, p.T("admission.ended", "date", p.Date(o.Value.Ended))))
	}
	for _, o := range g.Waiting {
		v := AdmissionView{Person: linkTo(p.Words, ns[o.ID]), Note: p.T("admission.waits-unknown")}
		for _, gift := range gifts[ref.Person(o.ID)] {
			if gift.When != "" {
				v.Note = p.T("admission.waits", "date", p.Day(gift.When), "who", s.byWords(&r.Page, ns, gift.By))
			}
		}
		if g.MayAdmit {
			v.Do = p.To("/people/", o.ID, "/admission")
		}
		p.Waiting = append(p.Waiting, v)
	}
	if p.HandOver, err = s.mayHandInside(r, g); err != nil {
		return err
	}
	return s.ok(r, "gate", p)
}

// AdmissionPage asks whether a person is to be let in, or shut out.
type AdmissionPage struct {
	Page
	Person Link
	End    bool
	Seen   string // on what facts the person is let in, or shut out
	Opens  string // how many notes it opens
	Leave  string
	Action string
	Faults []FieldFault
	By     map[string]string
	Reason string
}

func (s *Server) admissionPage(r *Request) error {
	return s.showAdmission(r, http.StatusOK, nil)
}

// showAdmission asks about the one of the two that can be done.
func (s *Server) showAdmission(r *Request, status int, faults fault.Fields) error {
	o, err := s.roster.AtGate(r.Context(), r.Who, ref.Person(r.PathValue("id")))
	if err != nil {
		return err
	}
	a, err := s.roster.Actor(r.Context(), ref.Person(o.ID))
	if err != nil {
		return err
	}
	g, err := s.roster.Gate(r.Context(), r.Who, a.Institution, r.Lang)
	if err != nil {
		return err
	}
	end := a.Admitted
	if !g.MayAdmit || !end && !a.Waits || end && (!g.MayEnd || ref.Person(o.ID) == r.Who.Person) {
		return fault.New(fault.Forbidden, "")
	}
	p := AdmissionPage{Page: r.Page, Person: Link{Said: say(o.Value.Title, r.Lang), Path: "/people/" + o.ID}, End: end, Reason: r.PostFormValue("reason")}
	p.Leave, p.Action = p.To("/institutions/", string(a.Institution), "/inside"), p.To("/people/", o.ID, "/admission")
	p.By, p.Faults = p.byPath(faults), p.Page.Faults(faults)
	r.in("partners")
	p.Title = p.T("admission.give.title", "name", p.Person.Text)
	if p.Seen, err = s.roster.Facts(r.Context(), ref.Person(o.ID)); err != nil {
		return err
	}
	if end {
		p.Title = p.T("admission.end.title", "name", p.Person.Text)
		return s.show(r, status, "admission", p)
	}
	n, err := s.clearance.Opens(r.Context(), r.Who.Dialogue, a.Institution)
	if err != nil {
		return err
	}
	name := say(g.Institution.Value.Name(), r.Lang).Text
	p.Opens = p.T("admission.give.notes.none", "name", name)
	if n > 0 {
		p.Opens = p.T("admission.give.notes", "n", n, "name", name)
	}
	return s.show(r, status, "admission", p)
}

func (s *Server) admissionPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, end := ref.Person(r.PathValue("id")), r.PostFormValue("do") == "end"
	if _, err := s.roster.AtGate(r.Context(), r.Who, id); err != nil {
		return err
	}
	a, err := s.roster.Actor(r.Context(), id)
	if err != nil {
		return err
	}
	done := "admission.give.done"
	facts, err := s.roster.Facts(r.Context(), id)
	switch seen := r.PostFormValue("seen"); {
	case err != nil:
		return err
	case seen == "":
		return s.showAdmission(r, http.StatusOK, nil)
	case end && seen != facts:
		return fault.New(fault.Conflict, "")
	case end:
		done = "admission.end.done"
		err = s.accounts.EndAdmission(r.Context(), r.Who, id, text.CleanName(r.PostFormValue("reason")))
	default:
		err = s.accounts.Admit(r.Context(), r.Who, id, seen)
	}
	if faults := fieldsOf(err); len(faults) > 0 {
		return s.showAdmission(r, http.StatusUnprocessableEntity, faults)
	}
	if err != nil {
		return err
	}
	s.notice(r, done)
	return r.redirect("/institutions/" + string(a.Institution) + "/inside")
}

// gateLink leads from an institution's page to who is inside; "" for who is not.
func (s *Server) gateLink(r *Request, id ref.Institution) (l InsideLink, err error) {
	n, err := s.roster.Waiting(r.Context(), r.Who, id, r.Lang)
	if fault.Is(err, fault.NotFound) {
		return l, nil
	}
	l = InsideLink{Path: r.Page.To("/institutions/", string(id), "/inside"), Text: r.Page.T("admission.link")}
	if n > 0 {
		l.Text = r.Page.T("admission.link-waits", "n", n)
	}
	return l, err
}
