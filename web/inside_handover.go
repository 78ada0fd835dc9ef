package web

import (
	"net/http"
	"slices"

	"entente/access"
	"entente/bundle"
	"entente/clearance"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
	"entente/standard/tlp"
)

// insideHandoverRoutes are how what stands inside an institution passes to who succeeded it. To who is
// not inside the same side there is no such page.
var insideHandoverRoutes = []Route{
	get("/institutions/{id}/inside/handover", Writers, "id=institution/nia", (*Server).insideHandoverPage),
	post("/institutions/{id}/inside/handover", Writers, "id=institution/nia", (*Server).insideHandoverPost),
}

// InsideHandoverPage asks to which successor what stands inside an institution is handed over, and then
// says what passes and who will read it.
type InsideHandoverPage struct {
	Page
	Institution Link
	Action      string
	Lead        string
	Leave       string
	Faults      []FieldFault
	Wrong       string
	Successors  []Option
	Given       []GivenView
	Look        bool
	Heir        string // id of the one looked at
	Passes      string // how much
	Reads       string // who will read it
	Strictest   tlp.Label
	More        string
	Left        string
	Notes       []NamedNote // to choose among; none to who hands over unread
	LeftOut     []NamedNote
	Seen        string
	Nothing     bool
}

// GivenView is a successor that reads what was handed over to it.
type GivenView struct{ ID, Text, Name string }

// NamedNote is a note that its reader hands over, or that cannot be.
type NamedNote struct {
	Link
	ID     ref.ID
	Mark   tlp.Label
	Chosen bool
}

func (s *Server) insideHandoverPage(r *Request) error {
	h, err := s.clearance.Handing(r.Context(), r.Who, ref.Institution(r.PathValue("id")), r.Lang)
	if err != nil {
		return err
	}
	return s.ok(r, "inside_handover", s.insideHandover(r, h))
}

func (s *Server) insideHandover(r *Request, h clearance.Handing) InsideHandoverPage {
	id := h.Institution.ID
	name := say(h.Institution.Value.Name(), r.Lang)
	p := InsideHandoverPage{
		Page: r.Page, Institution: Link{Said: name, Path: "/institutions/" + id}, Action: r.Page.To("/institutions/", id, "/inside/handover"),
		Leave: r.Page.To("/institutions/", id, "/inside"), Lead: r.Page.T("inside-handover.lead", "name", name.Text),
	}
	if h.Blind {
		p.Lead = r.Page.T("inside-handover.lead-blind", "name", name.Text)
	}
	p.Title = p.T("inside-handover.title", "name", name.Text)
	r.in("partners")
	for _, o := range h.Successors {
		p.Successors = append(p.Successors, Option{o.ID, say(o.Value.Name(), r.Lang).Text, o.ID == r.FormValue("to") || len(h.Successors) == 1})
	}
	for _, g := range h.Given {
		to := g.To.Text
		if to == "" {
			to = p.T("audience.hidden.institution")
		}
		p.Given = append(p.Given, GivenView{g.To.ID, p.T("inside-handover.given", "n", g.Notes, "name", to), to})
	}
	return p
}

func (s *Server) insideHandoverPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	of, to := ref.Institution(r.PathValue("id")), ref.Institution(r.PostFormValue("to"))
	switch r.PostFormValue("do") {
	case "take-back":
		if _, err := bundle.TakeInside(r.Context(), s.db, s.objects, r.Who, of, to); err != nil {
			return err
		}
		s.notice(r, "inside-handover.taken")
		return r.redirect("/institutions/" + string(of) + "/inside/handover")
	case "hand":
		_, err := bundle.HandInside(r.Context(), s.db, s.objects, r.Who, of, to, r.PostForm["open"], r.PostFormValue("seen"))
		faults := fieldsOf(err)
		switch {
		case len(faults) > 0:
			return s.lookInside(r, http.StatusUnprocessableEntity, of, to, faults)
		case fault.Is(err, fault.Conflict):
			return s.lookInside(r, http.StatusConflict, of, to, nil)
		case err != nil:
			return err
		}
		s.notice(r, "inside-handover.done")
		return r.redirect("/institutions/" + string(of) + "/inside/handover")
	}
	if to == "" {
		h, err := s.clearance.Handing(r.Context(), r.Who, of, r.Lang)
		if err != nil {
			return err
		}
		var f fault.Fields
		f.Add("to", "", "fault.required")
		p := s.insideHandover(r, h)
		p.Faults = p.Page.Faults(f)
		return s.show(r, http.StatusUnprocessableEntity, "inside_handover", p)
	}
	return s.lookInside(r, http.StatusOK, of, to, nil)
}

// lookInside says what would pass before it does.
func (s *Server) lookInside(r *Request, status int, of, to ref.Institution, faults fault.Fields) error {
	h, err := s.clearance.Passing(r.Context(), r.Who, of, to, r.Lang)
	if err != nil {
		return err
	}
	p := s.insideHandover(r, h.Handing)
	name := say(h.To.Value.Name(), r.Lang).Text
	p.Look, p.Heir, p.Seen, p.Strictest, p.Faults = true, string(to), h.Seen, h.Mark, p.Page.Faults(faults)
	if status == http.StatusConflict {
		p.Wrong = p.T("inside-handover.moved")
	}
	p.Reads = p.T("inside-handover.reads", "n", h.People, "name", name)
	p.Nothing = h.Count == 0
	p.Passes = p.T("inside-handover.passes", "n", h.Count, "name", name)
	if h.More > 0 {
		p.More = p.T("inside-handover.more", "n", h.More)
	}
	if h.Left > 0 {
		p.Left = p.T("inside-handover.left", "n", h.Left, "name", name)
	}
	sent, chose := r.PostForm["open"], r.PostFormValue("do") == "hand" // what was chosen stays so
	view := func(n access.Object[clearance.Note]) NamedNote {
		l := Link{Said: p.Text(n.Value.Title), Path: objectPath(n.Kind, n.ID)}
		return NamedNote{l, n.ID, n.Mark, !chose || slices.Contains(sent, n.ID)}
	}
	for _, n := range h.Notes {
		p.Notes, p.Mark = append(p.Notes, view(n)), stricter(p.Mark, n.Mark)
	}
	for _, n := range h.LeftOut {
		p.LeftOut, p.Mark = append(p.LeftOut, view(n)), stricter(p.Mark, n.Mark)
	}
	return s.show(r, status, "inside_handover", p)
}

// mayHandInside gives the address where what stands inside an institution is handed over, "" to who may
// not, and where there is no successor and nothing to take back.
func (s *Server) mayHandInside(r *Request, g roster.Gate) (string, error) {
	h, err := s.clearance.Handing(r.Context(), r.Who, ref.Institution(g.Institution.ID), r.Lang)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
		return "", nil
	}
	if err != nil || len(h.Successors)+len(h.Given) == 0 {
		return "", err
	}
	return r.Page.To("/institutions/", g.Institution.ID, "/inside/handover"), nil
}
