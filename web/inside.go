package web

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"entente/access"
	"entente/clearance"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/standard/tlp"
)

// insideRoutes are a side's inner room at an object, and the notes in it. To who is on no side there
// is no such page.
var insideRoutes = []Route{
	get("/objects/{id}/inside", People, "id=meeting/launch-phase-2", (*Server).insidePage),
	post("/objects/{id}/inside", Writers, "id=meeting/launch-phase-2", (*Server).insidePost),
	get("/notes/{id}", People, "id=meeting/launch-phase-2", (*Server).notePage),
}

// InsidePage is the inner room of the reader's side at an object: the notes that the reader may
// read, answers below what they answer, and the form that opens one.
type InsidePage struct {
	Page
	Name   Said
	Side   Said
	Leave  string
	Notes  []NoteView
	Form   *NoteForm
	Faults []FieldFault
}

// NoteView is a note as a page shows it.
type NoteView struct {
	Words
	ID       ref.ID
	Title    Said
	Path     string
	Sort     string
	By       string // the institution that wrote it
	When     string
	Mark     tlp.Label
	National string
	Readers  Audience
	Heirs    string // who of the readers reads it as successor; empty: nobody
	Text     template.HTML
	Tongue   string
	Files    string // how many, in words; empty: none
	Links    []Link
	Answers  []NoteView
}

// NoteForm opens a note.
type NoteForm struct {
	Words
	Action       string
	Side         Said
	Re           ref.ID // the note that is answered
	Answered     Said
	Title, Text  string
	Sorts        []OptionWord
	Tongues      []OptionWord   // the language it is written in
	Own          AudienceChoice // the own institution, which reads every note it writes; no value: it may not read the object
	Institutions []AudienceChoice
	People       []AudienceChoice
	Persons      bool // for named persons only
	Faults       map[string]string
}

func (s *Server) insidePage(r *Request) error { return s.showInside(r, http.StatusOK, nil) }

// showInside shows the room; faults are those of the form as it was sent.
func (s *Server) showInside(r *Request, status int, faults fault.Fields) error {
	room, err := s.clearance.Room(r.Context(), r.Who, r.PathValue("id"), r.Lang)
	if err != nil {
		return err
	}
	_, value, err := s.objects.Get(r.Context(), r.Who, room.Object.ID)
	if err != nil {
		return err
	}
	p := InsidePage{Page: r.Page, Name: nameOf(value, r.Lang), Leave: r.Page.To(objectPath(room.Object.Kind, room.Object.ID))}
	p.Side = linkTo(p.Words, room.Side).Said
	p.Title, p.Mark = p.T("inside.title", "name", p.Name.Text), room.Object.Mark
	if p.Notes, err = s.thread(r, room); err != nil {
		return err
	}
	for _, n := range room.Notes {
		p.Mark = stricter(p.Mark, n.Mark)
	}
	if room.MayWrite {
		p.Form = noteForm(r, room, faults)
		p.Form.Side = p.Side
		p.Faults = s.namedFaults(p.Words, clearance.Notes, faults)
	}
	return s.show(r, status, "inside", p)
}

// thread puts answers below what they answer. An answer to a note that the reader may not read
// stands by itself.
func (s *Server) thread(r *Request, room clearance.Room) ([]NoteView, error) {
	var ids []ref.ID
	for _, n := range room.Notes {
		ids = append(ids, n.Owner)
		for _, q := range n.Audience {
			ids = append(ids, q.ID())
		}
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return nil, err
	}
	heirs, err := s.clearance.AsSuccessor(r.Context(), room.Notes...)
	if err != nil {
		return nil, err
	}
	readable := map[ref.ID]bool{}
	for _, n := range room.Notes {
		readable[n.ID] = true
	}
	below := map[ref.ID][]access.Object[clearance.Note]{}
	for _, n := range room.Notes {
		re := ref.ID(n.Value.Re)
		if !readable[re] {
			re = ""
		}
		below[re] = append(below[re], n)
	}
	var views func(re ref.ID) []NoteView
	views = func(re ref.ID) (out []NoteView) {
		for _, n := range below[re] {
			v := noteView(r, n, ns, room.Files[n.ID], heirs[n.ID])
			if room.MayWrite {
				v.Links = append([]Link{{Said: plainly(v.T("inside.answer")), Path: v.To("/objects/", n.Value.Of, "/inside?re=", n.ID, "#write")}}, v.Links...)
			}
			v.Answers = views(n.ID)
			out = append(out, v)
		}
		return out
	}
	return views(""), nil
}

// noteView makes what a page shows of a note, with the acts that the reader may do.
func noteView(r *Request, n access.Object[clearance.Note], ns names, files int, heirs access.Audience) NoteView {
	w := r.Page.Words
	v := NoteView{
		Words: w, ID: n.ID, Title: w.Text(n.Value.Title), Path: objectPath(n.Kind, n.ID), Sort: capital(w.Option("note", "sort", string(n.Value.Sort))),
		By: ns[n.Owner].Short, When: r.Page.Moment(n.ChangedAt, r.Page.zoneOf()), Mark: n.Mark, National: n.National, Text: w.HTML(n.Value.Text), Tongue: w.Text(n.Value.Text).Lang,
	}
	v.Readers = Audience{Words: w}
	for _, q := range n.Audience.ByWidth() {
		v.Readers.Groups = append(v.Readers.Groups, w.principal(q, ns))
	}
	v.Readers.Short = v.Readers.brief()
	if len(heirs) > 0 {
		var names []string
		for _, q := range heirs {
			names = append(names, w.principal(q, ns))
		}
		v.Heirs = w.T("inside.as-successor", "name", w.list(names), "of", cmp.Or(v.By, w.T("audience.hidden.institution")))
	}
	if files > 0 {
		v.Files = w.T("inside.files", "n", files)
	}
	for _, a := range []struct{ act, path, key string }{
		{"note.edit", "/edit", "act.edit"}, {"note.audience", "/audience", "act.audience"}, {"note.remove", "/remove", "act.remove"},
	} {
		if access.May(r.Who, a.act, n.Header) == nil {
			v.Links = append(v.Links, Link{Said: plainly(w.T(a.key)), Path: w.To("/objects/", n.ID, a.path)})
		}
	}
	if access.May(r.Who, "note.edit", n.Header) == nil {
		v.Links = append(v.Links, Link{Said: plainly(w.T("act.files")), Path: w.To("/objects/", n.ID, "/files")})
	}
	return v
}

// noteForm makes the form, empty or as it was sent.
func noteForm(r *Request, room clearance.Room, faults fault.Fields) *NoteForm {
	w := r.Page.Words
	sent := len(faults) > 0
	f := &NoteForm{
		Words: w, Action: w.To("/objects/", room.Object.ID, "/inside"), Title: r.FormValue("title"), Text: r.FormValue("text"),
		Persons: r.FormValue("for") == "persons", Faults: r.Page.byPath(faults),
	}
	for _, o := range clearance.Sort("").Options() {
		f.Sorts = append(f.Sorts, OptionWord{o, capital(w.Option("note", "sort", o)), o == r.FormValue("sort")})
	}
	if sent := r.FormValue("sort"); sent == "" && r.FormValue("re") != "" { // an answer is a comment, mostly
		for i := range f.Sorts {
			f.Sorts[i].Selected = f.Sorts[i].Value == string(clearance.Comment)
		}
	}
	written := cmp.Or(r.FormValue("language"), r.Lang)
	for _, l := range r.Page.Dialogue.Value.Languages {
		f.Tongues = append(f.Tongues, OptionWord{l, w.T("lang." + l), l == written})
	}
	var within access.Audience // who reads the note that is answered; nil: it answers none
	if i := slices.IndexFunc(room.Notes, func(n access.Object[clearance.Note]) bool { return n.ID == r.FormValue("re") }); i >= 0 {
		f.Re, f.Answered, within = room.Notes[i].ID, w.Text(room.Notes[i].Value.Title), room.Notes[i].Audience
	}
	for _, o := range room.Institutions {
		q := access.InsideOf(ref.Institution(o.ID))
		c := AudienceChoice{Value: string(q), Text: say(o.Value.Name(), r.Lang).Text, Chosen: slices.Contains(r.Form["audience"], string(q)) || !sent && within.Has(q)}
		switch {
		case ref.Institution(o.ID) == r.Who.Institution:
			c.Chosen, f.Own = true, c
		case within == nil || within.Has(q):
			f.Institutions = append(f.Institutions, c)
		}
	}
	for _, o := range room.People {
		q := access.PersonOf(ref.Person(o.ID))
		if ref.Person(o.ID) != r.Who.Person {
			f.People = append(f.People, AudienceChoice{Value: string(q), Text: say(o.Value.Title, r.Lang).Text, Chosen: slices.Contains(r.Form["audience"], string(q)) || !sent && within.Has(q)})
		}
	}
	// What answers a note for persons is for these persons.
	if within != nil && !slices.ContainsFunc(within, func(q access.Principal) bool { return q.Kind() == "inside" }) {
		f.Own, f.Institutions = AudienceChoice{}, nil
		f.People = slices.DeleteFunc(f.People, func(c AudienceChoice) bool { return !within.Has(access.Principal(c.Value)) })
	}
	f.Persons = f.Persons || f.Own.Value == ""
	return f
}

func (s *Server) insidePost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	n := clearance.Note{Title: text.Multi{}, Text: text.Multi{}, Sort: clearance.Sort(r.PostFormValue("sort")), Re: ref.Note(r.PostFormValue("re"))}
	lang := r.Lang
	if l := r.PostFormValue("language"); slices.Contains(r.Page.Dialogue.Value.Languages, l) {
		lang = l
	}
	n.Title[lang] = text.Version{Text: r.PostFormValue("title"), Status: text.Original}
	n.Text[lang] = text.Version{Text: r.PostFormValue("text"), Status: text.Original}
	// Of what was ticked counts what goes with the choice: institutions, or persons under RED.
	mark, own, sort := tlp.AMBERSTRICT, access.InsideOf(r.Who.Institution), "inside:"
	if r.PostFormValue("for") == "persons" {
		mark, own, sort = tlp.RED, access.PersonOf(r.Who.Person), "person:"
	}
	audience := access.Audience{own}
	for _, v := range r.PostForm["audience"] {
		if strings.HasPrefix(v, sort) {
			audience = append(audience, access.Principal(v))
		}
	}
	o, err := s.clearance.Open(r.Context(), r.Who, r.PathValue("id"), n, mark, audience)
	if fs := fieldsOf(err); len(fs) > 0 {
		return s.showInside(r, http.StatusUnprocessableEntity, fs)
	}
	if err != nil {
		return err
	}
	s.notice(r, "notice.note")
	return r.redirect("/objects/" + o.Value.Of + "/inside#note-" + o.ID)
}

// NotePage shows one note.
type NotePage struct {
	Page
	Head  Head
	Note  NoteView
	About Link // what it is about; empty: the reader may not read that any more
	Re    Link // what it answers
	Room  string
	Files []FileRow
	Was   *Referred // what it is about, where the reader's institution wrote it and may not read that any more
}

func (s *Server) notePage(r *Request) error {
	o, err := s.clearance.Get(r.Context(), r.Who, ref.Note(r.PathValue("id")))
	if err != nil {
		return err
	}
	heirs, err := s.clearance.AsSuccessor(r.Context(), o)
	if err != nil {
		return err
	}
	ids := []ref.ID{o.Owner, o.Value.Of, ref.ID(o.Value.Re)}
	for _, q := range heirs[o.ID] {
		ids = append(ids, q.ID())
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return err
	}
	p := NotePage{Note: noteView(r, o, ns, 0, heirs[o.ID])}
	var trail []Link
	if t, ok := ns[o.Value.Of]; ok {
		p.About, p.Room = linkTo(r.Page.Words, t), r.Page.To("/objects/", o.Value.Of, "/inside")
		trail = append(trail, p.About, Link{Said: plainly(r.Page.T("inside.head")), Path: "/objects/" + o.Value.Of + "/inside"})
	}
	if p.Room == "" && r.Who.Keeps(o.Header) {
		if p.Was, err = s.referred(r, o.Header, o.Header.Parent); err != nil {
			return err
		}
	}
	if t, ok := ns[ref.ID(o.Value.Re)]; ok {
		p.Re = linkTo(r.Page.Words, t)
	}
	if p.Head, err = s.head(r, o.Header, r.Page.Text(o.Value.Title), trail...); err != nil {
		return err
	}
	r.titled(&p.Head, o.Value.Title)
	r.inRoom("", p.Head, Said{})
	p.Page = r.Page
	if p.Files, err = s.files(r, o.Header); err != nil {
		return err
	}
	return s.ok(r, "note", p)
}

// InsideLink leads to the inner room of the reader's side at an object.
type InsideLink struct{ Path, Text string }

// insideLinks gives the links for those among ids, none to a reader who is on no side.
func (s *Server) insideLinks(r *Request, ids ...ref.ID) (map[ref.ID]InsideLink, error) {
	if !r.Who.Inside() {
		return nil, nil
	}
	counts, err := s.clearance.Counts(r.Context(), r.Who, ids...)
	out := map[ref.ID]InsideLink{}
	for _, id := range ids {
		l := InsideLink{Path: r.Page.To("/objects/", id, "/inside"), Text: r.Page.T("inside.count-none")}
		if n := counts[id]; n > 0 {
			l.Text = r.Page.T("inside.count", "n", n)
		}
		out[id] = l
	}
	return out, err
}

// offerNote offers who a note's audience can be made of: institutions and people of the side.
func (s *Server) offerNote(r *Request, h access.Header, chosen access.Audience) ([]AudienceGroup, error) {
	is, ps, err := s.clearance.Choices(r.Context(), r.Who, ref.Note(h.ID), r.Lang)
	institutions, people := AudienceGroup{Title: r.Page.T("audience.group.institutions")}, AudienceGroup{Title: r.Page.T("audience.group.people")}
	for _, o := range is {
		q := access.InsideOf(ref.Institution(o.ID))
		institutions.Choices = append(institutions.Choices, AudienceChoice{Value: string(q), Text: say(o.Value.Name(), r.Lang).Text, Chosen: chosen.Has(q)})
	}
	for _, o := range ps {
		q := access.PersonOf(ref.Person(o.ID))
		people.Choices = append(people.Choices, AudienceChoice{Value: string(q), Text: say(o.Value.Title, r.Lang).Text, Chosen: chosen.Has(q)})
	}
	return []AudienceGroup{institutions, people}, err
}
